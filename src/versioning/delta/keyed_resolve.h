// Keyed resolve: the answer for some keys, found by the engine itself, in place of that for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/increment.h"
#include "versioning/delta/checkpoint.h"
#include "versioning/delta/checkpoint_cache.h"
#include "versioning/delta/table_difference.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/row_observer.h"

namespace metaxy::internal {

/// What has happened to one table since a checkpoint.
struct ChangedTable {
  TableState before = {};
  TableDifference difference = {};  ///< of its state now
  ObservedScan scan = {};
};

struct KeyedAnswer {
  std::unique_ptr<LazyIncrement> increment;  ///< its counts and rows are those of all keys
  Checkpoint checkpoint;                     ///< of the tables as they are now; not written yet
  int64_t keys = 0;                          ///< that were looked at
  int64_t rows_read = 0;
};

/// Why the keys of a question cannot be recorded; empty if they can.
std::string WhyNoKeys(const FeaturePlan& plan);

/// `checkpoint` has the states of the tables of `input` as they are now, and otherwise what was
/// found before. None if the answer has to be found in another way; then `reason` says why.
std::optional<KeyedAnswer> ResolveByKeys(const ResolveInput& input, const Checkpoint& checkpoint,
                                         std::vector<ChangedTable> tables,
                                         const CheckpointCache& cache, std::string* reason);

/// So many keys of pending samples are remembered.
inline constexpr size_t kMostPendingKeys = 100'000;

}  // namespace metaxy::internal
