// Keyed rows: all rows of some keys of a table, found without reading the others.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/delta/checkpoint_cache.h"
#include "versioning/delta/key_recorder.h"
#include "versioning/delta/key_run.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// One table of a question. Fragments that are in no key run are read as a whole, the others by the
/// places that the runs have. Call by call: Make, ReadFragments, TakeRows, Select. Used by one
/// thread at a time.
class KeyedRows {
 public:
  struct Table {
    std::shared_ptr<const TableSnapshot> table;
    TableState state;  ///< of `table`
    KeyScan scan;
    std::vector<size_t> new_fragments;  ///< in `state`
    std::vector<KeyRunFile> runs;
  };

  /// None if fragments cannot be told from each other, or if the places of their rows are unknown.
  static std::optional<KeyedRows> Make(Table table, const KeyHasher& hasher);

  /// Rows of the table, those included that are deleted.
  int64_t table_rows() const { return table_rows_; }
  /// Rows of the fragments that have to be read.
  int64_t fragment_rows() const { return fragment_rows_; }

  /// Reads the fragments; adds the keys of new ones to `keys`.
  arrow::Status ReadFragments(std::vector<KeyPrefix>* keys);
  /// Takes all other rows of these keys, which are ascending. ResourceExhausted if they are more
  /// than `most`; kIo for a damaged run.
  arrow::Status TakeRows(const std::vector<KeyPrefix>& keys, int64_t most);

  /// All rows of those keys, in the order of the table; without `with_new` only those that are not
  /// in new fragments.
  arrow::Result<std::shared_ptr<const TableSnapshot>> Select(bool with_new) const;
  /// Rows that were read or taken.
  int64_t rows_read() const;

  /// The rows of the fragments that were in no run; none if there are no such fragments.
  std::optional<KeyRun> NewRun() const;

 private:
  struct Covered {
    size_t run;
    size_t fragment;  // of the run
  };

  // Where a row is: the fragment's number in the table in the upper half, the row's in the lower.
  std::optional<uint64_t> PlaceOf(uint64_t row_id) const;

  Table table_;
  KeyHasher hasher_{0};
  int64_t table_rows_ = 0;
  int64_t fragment_rows_ = 0;
  std::vector<bool> is_new_;                       // by fragment
  std::vector<std::optional<Covered>> covered_;    // by fragment
  std::vector<std::vector<int64_t>> fragment_of_;  // by run and its fragment; -1: read as a whole
  std::vector<std::pair<uint64_t, size_t>> ids_;   // of fragments, ascending, and their numbers
  std::shared_ptr<arrow::RecordBatch> read_;       // null: no fragment was read
  std::vector<KeyPrefix> read_keys_;
  std::shared_ptr<arrow::RecordBatch> taken_;
  std::vector<KeyPrefix> keys_;
};

}  // namespace metaxy::internal
