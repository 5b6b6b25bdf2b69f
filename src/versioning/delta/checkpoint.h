// Checkpoint: what a resolve has found, in which files the rows were that it has read, and where to
// look for those of a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/increment.h"
#include "versioning/delta/key_run.h"
#include "versioning/resolve/resolve.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

/// Which keys are pending, and the files that say which rows have which keys.
struct CheckpointKeys {
  struct Run {
    std::string name;  ///< of the file: CheckpointCache::OpenRun()
    ContentHash digest = {};
    uint64_t entries = 0;

    bool operator==(const Run&) const = default;
  };

  uint64_t seed = 0;                    ///< of the hashes of all keys
  std::vector<KeyPrefix> pending = {};  ///< of samples that are new, stale or orphaned; ascending
  std::vector<std::vector<Run>> runs = {};  ///< by table, each run larger than the next

  bool operator==(const CheckpointKeys&) const = default;
};

struct Checkpoint {
  std::string fingerprint = {};  ///< FingerprintOf()
  IncrementCounts counts = {};
  ResolveFacts facts = {};
  /// Of the parents in the order of the dependencies, and of the feature's own table.
  std::vector<TableState> tables = {};
  /// None if only the same rows have a known answer.
  std::optional<CheckpointKeys> keys = std::nullopt;

  /// As bytes, with a checksum.
  std::string Encode() const;
  /// None for bytes that are damaged, that Encode() of another release has made, or that nobody
  /// has.
  static std::optional<Checkpoint> Decode(std::string_view bytes);
};

}  // namespace metaxy::internal
