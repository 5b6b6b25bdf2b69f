// Parent rows as a dependent feature sees them.
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

/// A parent that is read: its table, and which of its rows count for this call.
struct DependencyInput {
  std::shared_ptr<const TableSnapshot> table;
  /// The parent's feature version; rows of other versions are not read.
  std::string feature_version;
  /// Filters of the caller, on the names of the stored columns.
  std::vector<arrow::compute::Expression> filters = {};
  /// Of which store the table is.
  std::string place = {};
};

/// What is to be read of a parent: the columns needed for the comparison, with the dependency's
/// filters, and for an aggregation the group of a row and its position in it. `fields` are those
/// whose versions are needed, or from which something is computed; for kNothing only the keys are
/// read.
arrow::Result<RowsRequest> DependencyRequest(const FeaturePlan& plan,
                                             const DependencyColumns& columns,
                                             const DependencyInput& input,
                                             const std::vector<FieldKey>& fields, RowValue value);

}  // namespace metaxy::internal
