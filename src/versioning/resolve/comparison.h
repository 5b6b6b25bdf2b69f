// Comparison of the rows a feature should have with those it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "versioning/hash/provenance.h"
#include "versioning/hash/row_hash.h"
#include "versioning/resolve/failed_samples.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/resolve/outcome.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// How rows of a feature are compared. Immutable and thread-safe.
struct ComparisonPlan {
  const FeaturePlan* plan = nullptr;
  /// Whether the input is samples, or the feature's parents.
  bool samples = false;
  /// Whether rows of the only input have the digest of the expected provenance.
  bool provenance_is_known = false;
  /// For parents: how the provenance is computed from their versions.
  std::optional<ProvenanceComputer> computer = std::nullopt;
  std::vector<size_t> num_fields = {};  ///< of versions, by parent
  std::vector<size_t> aggregated = {};  ///< the parents whose versions are those of groups
  /// Whether several current rows correspond to one expected row.
  bool expanded = false;
  /// Whether predicates still have to be evaluated for current rows that appear to be up to date.
  bool asks_predicates = false;
  /// How many keys of pending samples are kept; 0: none.
  size_t most_pending = 0;
  /// Samples that are not to be tried now; null if there are none. Needs stable hashes.
  const FailedSamples* failed = nullptr;
  uint64_t feature_hash = 0;  ///< for `failed`
  RowHasher row_hasher;
  KeyHasher key_hasher;

  size_t num_inputs() const { return samples ? 1 : num_fields.size(); }
  size_t tuple_width() const { return num_inputs() + aggregated.size(); }
};

/// Joins and compares one partition of all tables; everything is new if `current` is null. Matches
/// rows by the join keys; null keys match nothing. A row is stale if the stored provenance is null
/// or differs from the expected one, or if a predicate says so; a null expected provenance differs
/// from nothing. What would be new or stale and has failed goes elsewhere.
Outcome ComparePart(const ComparisonPlan& plan, const std::vector<RowTable>& inputs,
                    RowTable* current);

}  // namespace metaxy::internal
