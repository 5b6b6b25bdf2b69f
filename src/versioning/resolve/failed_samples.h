// Failed samples: which samples are not to be tried now, as a set of hashes.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
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
  std::shared_ptr<const TableSnapshot> table;
  uint64_t feature_hash = 0;
  FailurePolicy policy = {};
  int64_t now = 0;  ///< microseconds since 1970, UTC
};

/// Immutable and thread-safe once it was read.
class FailedSamples {
 public:
  /// Starts a scan of the table. `execution` must outlive it.
  static arrow::Result<std::shared_ptr<FailedSamples>> Make(FailureInput input,
                                                            Execution* execution);
  /// Reads the failures of the feature; not thread-safe.
  arrow::Status Read();

  /// Whether there are any that count.
  bool empty() const { return size_ == 0; }
  uint64_t feature_hash() const { return input_.feature_hash; }

  bool Contains(const KeyHash& tried) const { return keys_[SlotOf(tried)] == tried; }
  /// Loads the memory that Contains() will look at for a sample, whatever its provenance: slots are
  /// all over the memory, and are fetched some rows before they are needed.
  /// Inlined by force: gcc takes a function that only prefetches for one without effect.
  [[gnu::always_inline]] void Prefetch(const KeyHash& sample) const {
    __builtin_prefetch(&keys_[FirstSlot(sample)]);
  }

  /// How many rows before.
  static constexpr size_t kPrefetchDistance = 16;

 private:
  // What is known of a key, for a policy that asks for more than whether it is there.
  struct Attempts {
    int64_t count = 0;
    int64_t last = 0;
    bool for_good = false;
  };

  FailedSamples(FailureInput input, Execution* execution)
      : input_(std::move(input)), execution_(execution) {}

  arrow::Status Add(const arrow::RecordBatch& batch);
  // Makes room for so many keys; those that are there are kept.
  void Reserve(size_t keys);
  // Removes what may be retried.
  void Apply();

  // Where the search for a key begins. By the upper bits, so that the keys of a partition are in
  // one region.
  size_t FirstSlot(const KeyHash& key) const { return static_cast<size_t>(key.high >> shift_); }
  // The slot that has the key, or the empty one in which it would be.
  size_t SlotOf(const KeyHash& key) const {
    const size_t mask = keys_.size() - 1;
    size_t slot = FirstSlot(key);
    while (keys_[slot] != kEmpty && keys_[slot] != key) slot = (slot + 1) & mask;
    return slot;
  }

  static constexpr KeyHash kEmpty = {};

  bool counts() const { return input_.policy.mode() == FailurePolicy::Mode::kRetry; }

  FailureInput input_;
  Execution* execution_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;  // null if there is nothing to read
  int shift_ = 0;
  size_t size_ = 0;
  std::vector<KeyHash> keys_;       // a power of two
  std::vector<Attempts> attempts_;  // beside keys_; empty if all that are there are skipped
};

}  // namespace metaxy::internal
