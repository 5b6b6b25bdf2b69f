// Hash index of rows by their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// An open-addressing hash table from keys to the rows that have them, in insertion order.
/// Read-only after the last Add(), and then thread-safe.
class RowIndex {
 public:
  /// Rows are numbers below `rows`.
  explicit RowIndex(size_t rows);

  void Add(const KeyHash& key, uint32_t row);

  /// The first row with this key; kNoRow if there is none.
  uint32_t Find(const KeyHash& key) const;
  /// The next row with the same key as `row`; kNoRow after the last.
  uint32_t Next(uint32_t row) const { return next_.empty() ? kNoRow : next_[row]; }

  /// The first row of each distinct key, in insertion order.
  const std::vector<uint32_t>& first_rows() const { return first_rows_; }

 private:
  struct Entry {
    KeyHash key;
    uint32_t first;
    uint32_t last;
  };

  size_t SlotOf(const KeyHash& key) const;

  size_t rows_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // entry + 1; 0 is empty
  std::vector<uint32_t> next_;   // empty while all keys are distinct
  std::vector<uint32_t> first_rows_;
};

}  // namespace metaxy::internal
