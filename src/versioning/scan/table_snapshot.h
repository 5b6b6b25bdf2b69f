// Table snapshot: one version of a stored table as the engine sees it, for narrow scans and for
// fetching single rows.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

/// Name of the column of row ids that a scan adds: uint64, the last column.
inline constexpr const char* kRowIdColumn = "_rowid";

struct ScanRequest {
  /// Members of the same column are returned together, as one struct column with just these
  /// members.
  std::vector<ColumnPath> columns;
  /// Only rows for which all of these are true, on the names of stored columns; the other columns
  /// need not be read for the remaining rows.
  std::vector<arrow::compute::Expression> filters = {};
  bool with_row_id = true;
  /// Whether columns are read for all rows at once: for narrow ones, if the filter keeps most rows.
  bool eager = false;
  int64_t read_ahead_bytes = 0;  ///< of stored data, approximately; 0: the storage decides
  int64_t batch_size = 65536;
  int64_t batch_bytes = 0;  ///< of a batch, about; 0: as many as its rows take
  int batches_ahead = 0;    ///< that are decoded at the same time; 0: as the storage likes
  /// Ids of the fragments (of TableState) to read; absent: all. Only where State() has any.
  std::optional<std::vector<uint64_t>> fragments = std::nullopt;

  /// What whole rows may take, however wide they are.
  void LimitMemory(const MemoryBudget& memory) {
    read_ahead_bytes = memory.read_ahead();
    batch_bytes = memory.batch();
    batches_ahead = memory.batches_ahead();
  }
};

/// The time of the latest row of a table.
struct LatestTime {
  int64_t micros = 0;  ///< since 1970, UTC; the least there is if no row has a time
  /// Of the version for which it was found, and of whatever the storage has to know to find it for
  /// the next one without looking at all rows.
  uint64_t version = 0;
  uint64_t fragment = 0;
};

/// One version of a table. Row ids stay valid for the life of the snapshot, whatever others write
/// meanwhile. Thread-safe.
class TableSnapshot {
 public:
  virtual ~TableSnapshot() = default;

  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;

  /// The number of rows in the table, used to split the work; almost free.
  virtual arrow::Result<int64_t> NumRows() const = 0;

  /// Rows in table order, which is the order of writing.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const = 0;

  /// Rows in the order of `row_ids`, which are ascending and unique; whole columns in the order of
  /// `columns`.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const = 0;

  /// The same with single members of columns, and the row ids as the last column. Only where
  /// State() has any fragments.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeMembers(
      std::span<const uint64_t> /*row_ids*/, const std::vector<ColumnPath>& /*columns*/) const {
    return arrow::Status::NotImplemented("rows of this table are not known by their places");
  }

  /// The version number; 0 if versions are not counted.
  virtual uint64_t version() const { return 0; }

  /// A row's time is the first of `columns` that is not null: what metaxy's own commits have noted,
  /// so that only rows of others have to be looked at. None where nothing is known.
  virtual arrow::Result<std::optional<LatestTime>> FindLatestTime(
      const std::vector<std::string>& /*columns*/) const {
    return std::nullopt;
  }

  /// Which files the rows are in, as far as these columns go; no row is read. None where nothing is
  /// known.
  virtual arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& /*columns*/) const {
    return std::nullopt;
  }
  /// What compaction has rewritten since a version, the latest first; of the last `most` versions
  /// only. What cannot be found out is left out.
  virtual arrow::Result<std::vector<Rewrite>> Rewrites(const std::vector<ColumnPath>& /*columns*/,
                                                       uint64_t /*since*/,
                                                       uint64_t /*most*/) const {
    return std::vector<Rewrite>();
  }
  /// The ids of the rows of these fragments that are deleted, in the order of the rows. Only where
  /// State() has any fragments, and tells how many rows they have.
  virtual arrow::Result<std::vector<uint64_t>> DeletedRows(
      std::span<const uint64_t> /*fragments*/) const {
    return arrow::Status::NotImplemented("rows of this table are not known by their places");
  }
};

}  // namespace metaxy::internal
