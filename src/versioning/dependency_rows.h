// The rows of one parent, as a feature that depends on it sees them.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/dependency_columns.h"
#include "versioning/key_columns.h"
#include "versioning/narrow_rows.h"
#include "versioning/row_hash.h"
#include "versioning/version_texts.h"

namespace metaxy::internal {

/// A parent that was read: where it is stored, and which of its rows count for this call.
struct DependencyInput {
  std::shared_ptr<const TableSnapshot> table;
  /// The parent's feature version; rows of others are not read.
  std::string feature_version;
  /// Conditions of the caller, by the names of the stored columns.
  std::vector<arrow::compute::Expression> filters = {};
};

struct DependencyRows {
  DependencyColumns columns;
  NarrowRows rows;
  /// The columns on which parents are joined.
  KeyColumns join_keys;
  /// The versions of the fields that something depends on; aggregated where the lineage says so.
  std::unordered_map<FieldKey, VersionTexts> versions;
};

/// Reads the columns that decide, applies the dependency's filters, and aggregates. `fields` are
/// the parent's fields whose versions are wanted.
arrow::Result<DependencyRows> ReadDependency(const FeaturePlan& plan, const FeatureDep& dep,
                                             const DependencyInput& input,
                                             const std::vector<FieldKey>& fields,
                                             const RowHasher& hasher, int64_t batch_size,
                                             const arrow::StopToken& stop_token);

}  // namespace metaxy::internal
