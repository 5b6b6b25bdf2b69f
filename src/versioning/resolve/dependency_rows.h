// The rows of one parent, as a feature that depends on it sees them.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/resolve/dependency_columns.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {

/// A parent that was read: where it is stored, and which of its rows count for this call.
struct DependencyInput {
  std::shared_ptr<const TableSnapshot> table;
  /// The parent's feature version; rows of others are not read.
  std::string feature_version;
  /// Conditions of the caller, by the names of the stored columns.
  std::vector<arrow::compute::Expression> filters = {};
};

/// What is to be read of a parent: the columns that decide, with the dependency's filters, and for
/// an aggregation the group of a row and its place in it. `fields` are those whose versions are
/// wanted, or what is to be computed from them; nothing but the keys is read for kNothing.
arrow::Result<RowsRequest> DependencyRequest(const FeaturePlan& plan,
                                             const DependencyColumns& columns,
                                             const DependencyInput& input,
                                             const std::vector<FieldKey>& fields, RowValue value);

}  // namespace metaxy::internal
