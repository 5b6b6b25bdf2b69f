// What the engine remembers of the rows of a table: fixed few bytes for each sample, whatever the
// rows carry and however often they were written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "columns/key_hash.h"

namespace metaxy::internal {

/// Stands for "no row".
inline constexpr uint32_t kNoRow = 0xffffffffU;

enum RowFlag : uint32_t {
  kNullKey = 1,      ///< the join key has a null, so that it matches nothing
  kDropped = 2,      ///< deleted, or a filter does not hold: the sample does not count
  kForcedStale = 4,  ///< a staleness predicate holds
  kNullValue = 8,    ///< the digest stands for a null
  kMatched = 16,     ///< something expects the row
};

struct StoredRow {
  KeyHash id;         ///< of rows with one id the latest is kept
  int64_t moment;     ///< of deletion or else of update
  uint64_t value;     ///< a digest, or where the payload begins
  uint32_t position;  ///< in the scan of the table
  uint32_t flags;     ///< of RowFlag
};

/// What is remembered beside a StoredRow.
struct RowLayout {
  /// One row per id, the latest; else every row that is inserted.
  bool unique = true;
  /// A hash to join by that is not the id.
  bool with_join = false;
  /// Where the sample stood first in the table, later replaced rows included.
  bool with_first = false;
  /// A text per row; `value` says where it begins.
  bool with_payload = false;
};

/// Rows of one part of a table. They are added one behind the other, which costs little wherever
/// they belong; Settle() then looks at them all at once, while they are in the processor's cache.
/// Of rows with equal ids the one with the greatest moment wins, of those the one with the smallest
/// position: whatever the order in which they come.
class RowTable {
 public:
  explicit RowTable(RowLayout layout = {}) : layout_(layout) {}

  const RowLayout& layout() const { return layout_; }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
  void Reserve(size_t rows);

  /// The place of the added row, whose other fields and payload are then to be set.
  uint32_t Add(const KeyHash& id, int64_t moment, uint32_t position);

  /// If ids are unique: leaves the latest row of each, in the order in which ids came first, and
  /// makes Find() work until the next Add().
  void Settle();
  /// The same where history has piled up, without Find().
  void ThinOut();
  /// Whether it is time for ThinOut(): it is worth it from time to time only.
  bool overgrown() const { return layout_.unique && rows_.size() >= thin_out_at_; }

  StoredRow& row(uint32_t row) { return rows_[row]; }
  const StoredRow& row(uint32_t row) const { return rows_[row]; }
  bool dropped(uint32_t row) const { return (rows_[row].flags & kDropped) != 0; }

  const KeyHash& join(uint32_t row) const {
    return layout_.with_join ? joins_[row] : rows_[row].id;
  }
  void set_join(uint32_t row, const KeyHash& join) { joins_[row] = join; }
  uint32_t first(uint32_t row) const {
    return layout_.with_first ? firsts_[row] : rows_[row].position;
  }
  void set_first(uint32_t row, uint32_t first) { firsts_[row] = first; }

  std::string_view payload(uint32_t row) const;
  void set_payload(uint32_t row, std::string_view payload);

  /// The row with this id; only of a settled table. Looks at `guess` first: tables are mostly
  /// written in the same order, and then nothing has to be searched.
  uint32_t Find(const KeyHash& id, uint32_t guess = kNoRow) const;

  /// Bytes that rows take, with the room for rows to come.
  size_t bytes() const;
  /// Bytes that a row takes at least.
  static size_t BytesPerRow(const RowLayout& layout);

  /// The table as pieces of bytes, valid as long as nothing is changed, the first of which is
  /// `count`; and back from all of them: rows are added to those that are there.
  std::vector<std::string_view> Serialize(uint64_t* count) const;
  void AddSerialized(std::string_view bytes);

 private:
  static constexpr size_t kThinOutAt = 4096;

  // A slot holds a row + 1 in the bits that number the slots, and bits of its id in the others, so
  // that other rows need hardly ever be looked at. 0 is empty.
  uint32_t RowIn(uint32_t slot) const {
    return (slot & static_cast<uint32_t>(slots_.size() - 1)) - 1;
  }
  static uint32_t TagOf(const KeyHash& id, size_t mask) {
    return static_cast<uint32_t>(id.low >> 32) & ~static_cast<uint32_t>(mask);
  }
  size_t SlotOf(const KeyHash& id) const;
  // Everything of a row but where its sample stood first.
  void Replace(uint32_t row, uint32_t by);
  void Truncate(uint32_t rows);

  RowLayout layout_;
  std::vector<StoredRow> rows_;
  std::vector<KeyHash> joins_;
  std::vector<uint32_t> firsts_;
  std::string payloads_;         // each with its size before it
  std::vector<uint32_t> slots_;  // empty unless settled
  size_t thin_out_at_ = kThinOutAt;
};

}  // namespace metaxy::internal
