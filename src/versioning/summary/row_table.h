// Row summaries: a small fixed number of bytes per sample, whatever the rows contain and however
// often they were written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "columns/key_hash.h"

namespace metaxy::internal {

/// Means "no row".
inline constexpr uint32_t kNoRow = 0xffffffffU;

/// Remembered by the delta way: see kEngineMeaning.
enum RowFlag : uint32_t {
  kNullKey = 1,      ///< the join key has a null, so it matches nothing
  kDropped = 2,      ///< deleted, or a filter does not hold: the sample does not count
  kForcedStale = 4,  ///< a staleness predicate holds
  kNullValue = 8,    ///< the digest of a null
  kMatched = 16,     ///< the row is expected
  kTied = 32,        ///< another row of the sample has the same timestamp, but says something else
};

struct StoredRow {
  KeyHash id;         ///< of rows with the same id the latest is kept
  int64_t timestamp;  ///< of deletion or else of update
  uint64_t value;     ///< a digest, or the start of the payload
  uint32_t position;  ///< in the scan of the table
  uint32_t flags;     ///< of RowFlag
};

/// What is kept in addition to a StoredRow.
struct RowLayout {
  /// One row per id, the latest; else every inserted row.
  bool unique = true;
  /// A hash to join by that differs from the id.
  bool with_join = false;
  /// The first position of the sample in the table, including superseded rows.
  bool with_first = false;
  /// A string per row; `value` is its start.
  bool with_payload = false;
};

/// Rows of one partition of a table. They are appended, which is cheap wherever they belong;
/// BuildIndex() then processes them all at once, while they are in the processor's cache. Of rows
/// with equal ids the one with the latest timestamp wins, of those the one with the smallest
/// position: regardless of the order of insertion. A row that won by its position alone is kTied if
/// the other one says something else: compaction may turn their positions round.
class RowTable {
 public:
  explicit RowTable(RowLayout layout = {}) : layout_(layout) {}

  const RowLayout& layout() const { return layout_; }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
  void Reserve(size_t rows);

  /// The index of the added row, whose other fields and payload must then be set.
  uint32_t Add(const KeyHash& id, int64_t timestamp, uint32_t position);

  /// If ids are unique: keeps the latest row of each, in the order in which ids first occurred, and
  /// makes Find() work until the next Add().
  void BuildIndex();
  /// The same when history has accumulated, without Find().
  void Deduplicate();
  /// How many rows are kTied.
  int64_t CountTied() const;
  /// Whether Deduplicate() is due: it is worthwhile only from time to time.
  bool should_deduplicate() const { return layout_.unique && rows_.size() >= deduplicate_at_; }

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

  /// The row with this id; only for a settled table. Checks `guess` first: tables are mostly
  /// written in the same order, which saves the lookup.
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
  // that other rows rarely have to be compared. 0 is empty.
  uint32_t RowIn(uint32_t slot) const {
    return (slot & static_cast<uint32_t>(slots_.size() - 1)) - 1;
  }
  static uint32_t TagOf(const KeyHash& id, size_t mask) {
    return static_cast<uint32_t>(id.low >> 32) & ~static_cast<uint32_t>(mask);
  }
  size_t SlotOf(const KeyHash& id) const;
  // Whether two rows of a sample differ in what is known of them.
  bool Differ(uint32_t row, uint32_t other) const;
  // Everything of a row except the first position of its sample.
  void Replace(uint32_t row, uint32_t by);
  void Truncate(uint32_t rows);

  RowLayout layout_;
  std::vector<StoredRow> rows_;
  std::vector<KeyHash> joins_;
  std::vector<uint32_t> firsts_;
  std::string payloads_;         // each preceded by its size
  std::vector<uint32_t> slots_;  // empty unless settled
  size_t deduplicate_at_ = kThinOutAt;
};

}  // namespace metaxy::internal
