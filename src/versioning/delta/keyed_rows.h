// Keyed rows: all rows of some keys of a table, found without reading the others.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/delta/checkpoint.h"
#include "versioning/delta/key_run.h"
#include "versioning/delta/row_recall.h"
#include "versioning/delta/table_difference.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Invalid: the tables have to be read, for this reason.
inline arrow::Status Unsuited(std::string_view reason) { return arrow::Status::Invalid(reason); }

/// One table of a question. Fragments that are in no key run are read as a whole; of the others the
/// runs have the places of rows, and most of what has to be known of them. Call by call: Make,
/// ReadChanges, FindRows, Select. Used by one thread at a time.
class KeyedRows {
 public:
  struct Table {
    std::shared_ptr<const TableSnapshot> table;
    TableState before = {};  ///< at the checkpoint
    TableState now = {};     ///< of `table`
    TableDifference difference = {};
    ObservedScan scan = {};
    std::vector<KeyRunFile> runs = {};
    std::vector<CheckpointKeys::Deleted> deleted = {};  ///< at the checkpoint
  };

  enum class Rows {
    kNow,
    kBefore,  ///< those that the table had at the checkpoint
    kRead,    ///< all rows of fragments that were read, whatever their keys
  };
  struct Selection {
    std::shared_ptr<const TableSnapshot> table;
    /// What the scan of the table has to be observed by.
    std::shared_ptr<RowRecall> recall;
  };

  /// Finds out which rows were deleted. Invalid, with the reason, if the table has to be read.
  static arrow::Result<KeyedRows> Make(Table table, const KeyHasher& hasher);

  /// Rows of the table, those included that are deleted.
  int64_t table_rows() const { return table_rows_; }
  /// Rows of the fragments that have to be read.
  int64_t fragment_rows() const { return fragment_rows_; }
  /// Rows that were deleted since the checkpoint, at most.
  int64_t removed_rows() const { return removed_rows_; }
  bool has_changes() const { return has_changes_; }
  /// Whether kBefore has rows of which the columns with versions are not known.
  bool lacks_payloads() const { return table_.scan.with_payload && !removed_.empty(); }

  /// Reads the fragments; adds the keys of new rows and of deleted ones to `keys`.
  arrow::Status ReadChanges(std::vector<KeyPrefix>* keys);
  /// Finds all other rows of these keys, which are ascending. ResourceExhausted if they are more
  /// than `most`, or cannot be counted in a damaged run; kIo for damaged summaries.
  arrow::Status FindRows(const std::vector<KeyPrefix>& keys, int64_t most);

  /// Rows of those keys, in the order of the table.
  arrow::Result<Selection> Select(Rows which);
  /// Rows that were read or taken.
  int64_t rows_read() const;

  /// Whether kNow had all rows that were read.
  bool now_has_all_read() const { return now_has_all_read_; }
  /// A run of the fragments that were in none; without rows if there are no such fragments. `read`
  /// has scanned kRead, or kNow if that had them all.
  KeyRun NewRun(const RowRecall& read) const;
  /// The deleted rows that runs have entries of, now.
  std::vector<CheckpointKeys::Deleted> Deleted() const;

 private:
  struct Covered {
    size_t run;
    size_t fragment;  // of the run
  };
  // A fragment of the table, now or before.
  struct Fragment {
    FragmentState state;      // now, or else before
    FragmentContent earlier;  // at the checkpoint
    bool is_new = false;
    bool is_gone = false;
    bool is_edited = false;
    std::optional<Covered> covered = std::nullopt;
    std::vector<uint32_t> deleted = {};  // of its entries, at the checkpoint
    std::vector<uint32_t> removed = {};  // since then
    bool was_known_to_lose = false;      // `deleted` was written
  };
  // A row that is remembered, by its place: the number of the fragment in the upper half.
  struct Remembered {
    uint64_t place;
    RowSummary row;
  };
  struct Chosen {
    uint64_t place;
    int64_t row;  // of read_, or, behind these, of taken_; -1: remembered
    std::optional<RowSummary> summary;
  };

  arrow::Status ListFragments();
  bool KeepsIds() const;
  arrow::Status CoverFragments();
  arrow::Status FindRemoved();
  arrow::Status ReadFragments(std::vector<KeyPrefix>* keys);
  arrow::Status RecallRemoved(std::vector<KeyPrefix>* keys);
  arrow::Status Recall(size_t fragment, std::vector<uint32_t> numbers);
  // Where a row of a scan or a take is.
  arrow::Result<uint64_t> PlaceOf(uint64_t row_id) const;
  arrow::Result<std::vector<Chosen>> Choose(Rows which) const;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Collect(const std::vector<Chosen>& rows) const;
  // Whether a run has summaries of rows as they are scanned now.
  bool HasSummaries(size_t run) const {
    return table_.runs[run].HasSummaries(SummaryLayout(table_.scan.with_join));
  }
  bool NeedsReading(const Fragment& fragment) const {
    return !fragment.covered && !fragment.is_gone;
  }

  Table table_;
  KeyHasher hasher_{0};
  int64_t table_rows_ = 0;
  int64_t fragment_rows_ = 0;
  int64_t removed_rows_ = 0;
  bool has_changes_ = false;
  bool now_has_all_read_ = true;
  std::vector<Fragment> fragments_;                // in the order of rows
  std::vector<std::vector<int64_t>> fragment_of_;  // by run and its fragment; -1: not this one's
  std::vector<std::pair<uint64_t, size_t>> ids_;   // of fragments of now, ascending, and numbers
  std::shared_ptr<arrow::RecordBatch> read_;       // null: no fragment was read
  std::vector<KeyPrefix> read_keys_;
  std::shared_ptr<arrow::RecordBatch> taken_;
  std::vector<Remembered> remembered_;
  std::vector<Remembered> removed_;
  std::vector<KeyPrefix> keys_;
};

}  // namespace metaxy::internal
