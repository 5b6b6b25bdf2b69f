// State of a table: which files its rows are in, so that two versions can be compared without
// reading rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// A column, or one member of a struct column.
struct ColumnPath {
  std::string column;
  std::string member = {};

  bool operator==(const ColumnPath&) const = default;
};

/// A 128-bit hash that stands for names of files.
struct ContentHash {
  uint64_t low = 0;
  uint64_t high = 0;

  bool operator==(const ContentHash&) const = default;
};

/// The row id of a row of a fragment, by its number in it; and back.
constexpr uint64_t RowIdOf(uint64_t fragment, uint32_t number) { return fragment << 32 | number; }
constexpr uint64_t FragmentOf(uint64_t row_id) { return row_id >> 32; }
constexpr uint32_t NumberOf(uint64_t row_id) { return static_cast<uint32_t>(row_id); }

/// The same for the same text, in every process.
ContentHash HashContent(std::string_view text);

/// What a fragment has: its files, and which of their rows are deleted.
struct FragmentContent {
  ContentHash files = {};
  ContentHash deletions = {};

  bool operator==(const FragmentContent&) const = default;
};

/// For containers.
struct HashOfContent {
  size_t operator()(const FragmentContent& content) const {
    return static_cast<size_t>(content.files.low ^ content.deletions.high);
  }
};

/// A part of a table's rows. Equal contents mean equal rows in the same order, of whatever version
/// or table: data files are never changed, and their names are random.
struct FragmentState {
  uint64_t id = 0;
  ContentHash files = {};      ///< of the columns in question, and the number of rows
  ContentHash deletions = {};  ///< the rows that are deleted; zeros if none is
  /// Rows, deleted ones included, if the row id of number i is RowIdOf(id, i); -1 if nobody knows.
  int64_t rows = -1;

  FragmentContent content() const { return {files, deletions}; }
  bool HasContentOf(const FragmentState& other) const {
    return files == other.files && deletions == other.deletions;
  }
  bool operator==(const FragmentState&) const = default;
};

/// One version of a table, as far as some of its columns go.
struct TableState {
  struct Column {
    ColumnPath path;
    std::string stored;  ///< where and as what; empty if the table has no such column

    bool operator==(const Column&) const = default;
  };

  uint64_t version = 0;
  std::vector<Column> columns = {};
  std::vector<FragmentState> fragments = {};  ///< in the order of the rows

  bool operator==(const TableState&) const = default;
};

/// Fragments that compaction has replaced by others with the same rows, perhaps in another order.
struct Rewrite {
  std::vector<FragmentState> before = {};
  std::vector<FragmentState> after = {};
};

}  // namespace metaxy::internal
