// Rows of all parents of a feature, joined.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/dependency_rows.h"

namespace metaxy::internal {

/// Which row of which parent stands in which joined row: positions only, nothing is copied.
struct JoinedRows {
  uint32_t num_rows = 0;
  /// By dependency, in the order of the spec: the position of its row, or kNoRow where an optional
  /// one has none.
  std::vector<std::vector<uint32_t>> rows;
  /// The values of the join columns.
  KeyColumns keys;
  /// The row of `keys` for a joined row; empty if it is the same.
  std::vector<uint32_t> key_rows;

  uint32_t KeyRow(uint32_t row) const { return key_rows.empty() ? row : key_rows[row]; }
};

/// Positions of the dependencies in the order in which they are joined: required ones, then
/// optional ones, each in the order of the spec.
std::vector<size_t> JoinOrder(const FeatureSpec& feature);

/// Required parents are joined first, in the order of the spec, and must all have a row; optional
/// ones follow and need not. If all are optional, a row of any of them is enough. Null keys match
/// nothing. MetadataSchema if the types of the join columns cannot match.
arrow::Result<JoinedRows> JoinDependencies(const FeaturePlan& plan,
                                           const std::vector<DependencyRows>& dependencies);

}  // namespace metaxy::internal
