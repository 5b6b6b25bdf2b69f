// Places of a table's rows: their numbers in the order of the table, deleted rows included, which
// are the same in every process.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Immutable and thread-safe.
class TablePlaces {
 public:
  /// NotSupported if the table does not tell which of its rows are in which fragment.
  static arrow::Result<TablePlaces> Make(const TableSnapshot& table);

  /// In the order of their rows.
  size_t num_fragments() const { return ids_.size(); }
  uint64_t fragment_id(size_t fragment) const { return ids_[fragment]; }
  uint64_t fragment_rows(size_t fragment) const {
    return begins_[fragment + 1] - begins_[fragment];
  }
  /// Places are below this.
  uint64_t size() const { return begins_.back(); }

  std::vector<uint64_t> PlacesOf(std::span<const uint64_t> row_ids) const;
  std::vector<uint64_t> RowIdsOf(std::span<const uint64_t> places) const;

 private:
  std::vector<uint64_t> ids_;
  std::vector<uint64_t> begins_ = {0};  // one more than there are fragments
  std::unordered_map<uint64_t, size_t> numbers_;
};

}  // namespace metaxy::internal
