// Finds rows by their key.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <vector>

#include "versioning/key_columns.h"

namespace metaxy::internal {

/// Stands for "no row".
inline constexpr uint32_t kNoRow = 0xffffffffU;

/// An open-addressing hash table from keys to the rows that have them, in ascending order. The
/// KeyColumns must outlive it. Read-only after Build(), and then thread-safe.
class RowIndex {
 public:
  /// Indexes all rows, or those without a null in the key. ResourceExhausted for 2^32 rows and
  /// more.
  static arrow::Result<RowIndex> Build(const KeyColumns& keys, bool skip_nulls);

  /// The first row with this key of other columns, whose hash is `hash`; kNoRow if there is none.
  uint32_t Find(const KeyColumns& other, int64_t row, uint64_t hash) const;
  /// The next row with the same key as `row`; kNoRow after the last.
  uint32_t Next(uint32_t row) const { return next_.empty() ? kNoRow : next_[row]; }

  /// The first row of each distinct key, in ascending order.
  const std::vector<uint32_t>& first_rows() const { return first_rows_; }

 private:
  explicit RowIndex(const KeyColumns& keys) : keys_(&keys) {}

  // The slot of the key of a row, or the empty slot where it belongs.
  size_t Locate(const KeyColumns& other, int64_t row, uint64_t hash) const;

  const KeyColumns* keys_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> slots_;  // first row + 1; 0 is empty
  std::vector<uint32_t> next_;   // empty while all keys are distinct
  std::vector<uint32_t> first_rows_;
  size_t mask_ = 0;
};

}  // namespace metaxy::internal
