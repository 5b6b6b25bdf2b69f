// Kept rows: rows of a result that are read while their table is scanned, so that it need not be
// scanned a second time.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "versioning/resolve/outcome.h"
#include "versioning/scan/table_snapshot.h"
#include "versioning/summary/execution.h"

namespace metaxy::internal {

/// Whether values of this type may take much more than a line of text: bytes, and lists of any
/// kind. Superseded rows are read with those that are kept, so that wide ones would cost more than
/// the second scan.
bool MayBeWide(const arrow::DataType& type);

/// A table whose first scan also reads more columns, as a whole, and keeps its batches. Other reads
/// are those of the table.
class KeepingTable final : public TableSnapshot {
 public:
  /// Rows of the result from rows of the scan, in the same order. Thread-safe.
  using Make =
      std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(const arrow::RecordBatch&)>;

  /// Gives up, and forgets the batches, when they take more than so many bytes: superseded rows are
  /// among them, and nobody knows how many.
  KeepingTable(std::shared_ptr<const TableSnapshot> table, std::vector<std::string> more_columns,
               const MemoryBudget& memory);

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  uint64_t version() const override { return table_->version(); }
  arrow::Result<int64_t> NumRows() const override { return table_->NumRows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return table_->Take(row_ids, columns);
  }
  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override {
    return table_->State(columns);
  }

  /// What `make` makes of the rows at these positions of the first scan, which are ascending and
  /// unique; nothing if the scan is not over, or they were too many to be kept. The batches are
  /// forgotten.
  arrow::Result<std::optional<arrow::RecordBatchVector>> MakeRows(const Tuples& positions,
                                                                  const Make& make,
                                                                  Execution* execution) const;

 private:
  class Kept;

  std::shared_ptr<const TableSnapshot> table_;
  std::vector<std::string> more_columns_;
  MemoryBudget memory_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<Kept> kept_;  // of the first scan
};

}  // namespace metaxy::internal
