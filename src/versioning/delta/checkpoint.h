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

  /// Rows of a fragment that have entries in a run, but were deleted since.
  struct Deleted {
    ContentHash files = {};              ///< of the fragment
    std::vector<uint32_t> numbers = {};  ///< of the rows, ascending

    bool operator==(const Deleted&) const = default;
  };

  uint64_t seed = 0;                    ///< of the hashes of all keys
  std::vector<KeyPrefix> pending = {};  ///< of samples that are new, stale or orphaned; ascending
  std::vector<std::vector<Run>> runs = {};  ///< by table, the latest run last
  /// By table, of fragments whose deleted rows are others than their run knows.
  std::vector<std::vector<Deleted>> deleted = {};

  bool operator==(const CheckpointKeys&) const = default;
};

/// How many samples a call has left out because they had failed.
struct FailedBefore {
  ContentHash failures = {};  ///< which failures those were: DigestOfFailures()
  int64_t failed = 0;
  int64_t failed_stale = 0;

  bool operator==(const FailedBefore&) const = default;
};

/// The same counts without regard to failures.
IncrementCounts AsIfNoneHadFailed(const IncrementCounts& counts);

struct Checkpoint {
  std::string fingerprint = {};  ///< FingerprintOf()
  IncrementCounts counts = {};   ///< AsIfNoneHadFailed()
  ResolveFacts facts = {};
  /// Of the parents in the order of the dependencies, and of the feature's own table.
  std::vector<TableState> tables = {};
  /// None if only the same rows have a known answer.
  std::optional<CheckpointKeys> keys = std::nullopt;

  std::optional<FailedBefore> failed = std::nullopt;

  // For people, who do not know fingerprints.
  std::string store = {};    ///< as it is displayed
  std::string subject = {};  ///< the feature, or the table whose rows were counted
  bool is_count = false;

  /// As bytes, with a checksum.
  std::string Encode() const;
  /// None for bytes that are damaged, that Encode() of another release has made, or that nobody
  /// has.
  static std::optional<Checkpoint> Decode(std::string_view bytes);
  /// Whether Encode() of another release has made them, as far as their beginning tells.
  static bool IsOfOtherRelease(std::string_view bytes);
};

}  // namespace metaxy::internal
