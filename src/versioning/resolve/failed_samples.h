// Failed samples: which samples are not to be tried now, as a set of hashes.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "columns/key_hash.h"
#include "metaxy/failures.h"
#include "versioning/scan/table_snapshot.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {

// Columns of the table of failures that a resolve reads: of fixed width, so that a million of them
// takes little of its time. All hashes are those of KeyHasher::Stable().
inline constexpr const char* kFeatureHashColumn = "feature_hash";  ///< uint64
inline constexpr const char* kTriedHashColumn = "tried_hash";      ///< 16 bytes

/// What a failure belongs to, apart from sample and provenance.
uint64_t FeatureHash(std::string_view feature_key, std::string_view feature_version);

/// What was tried: a sample, by the hash of its join columns, with the digest of its provenance.
/// The upper half is that of the sample, so that what belongs to a partition of rows is together.
KeyHash TriedHash(const KeyHash& sample, uint64_t provenance_digest, uint64_t feature_hash);

/// Where failures are read, and which of them count.
struct FailureInput {
  std::shared_ptr<const TableSnapshot> table = nullptr;  ///< null: none was ever recorded
  uint64_t feature_hash = 0;
  FailurePolicy policy = {};
  int64_t now = 0;  ///< microseconds since 1970, UTC
};

/// Immutable and thread-safe.
class FailedSamples {
 public:
  /// Reads the failures of one feature; null if there are none that count.
  static arrow::Result<std::shared_ptr<const FailedSamples>> Read(const FailureInput& input,
                                                                  Execution* execution);

  bool Contains(const KeyHash& tried) const { return keys_[SlotOf(tried)] == tried; }

 private:
  // What is known of a key, for policies that ask for more than whether it is there.
  struct Attempts {
    int64_t count = 0;
    int64_t last = 0;
    bool for_good = false;
  };

  explicit FailedSamples(size_t rows);
  arrow::Status Add(const arrow::RecordBatch& batch, const FailureInput& input);
  void Grow();
  // Removes what may be tried again.
  void Apply(const FailureInput& input);

  // The slot that has the key, or the empty one in which it would be. By the upper bits, so that
  // the keys of a partition are in one region, which fits into a core's cache.
  size_t SlotOf(const KeyHash& key) const {
    const size_t mask = keys_.size() - 1;
    size_t slot = static_cast<size_t>(key.high >> shift_);
    while (keys_[slot] != kEmpty && keys_[slot] != key) slot = (slot + 1) & mask;
    return slot;
  }

  static constexpr KeyHash kEmpty = {};

  int shift_ = 0;
  size_t size_ = 0;
  std::vector<KeyHash> keys_;       // a power of two
  std::vector<Attempts> attempts_;  // beside keys_; empty if all that are there are skipped
};

}  // namespace metaxy::internal
