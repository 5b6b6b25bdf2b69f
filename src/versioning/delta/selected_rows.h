// Selected rows: some rows of a table as a table of their own.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Rows of another table, in its order and with its row ids. One narrow scan of them is answered
/// from memory, where columns that nobody will look at may be null; all else has to be taken:
/// NotImplemented. Thread-safe.
class SelectedRows final : public TableSnapshot {
 public:
  /// `rows` are what the only scan, that of `columns`, has for them, the row ids last.
  SelectedRows(std::shared_ptr<const TableSnapshot> table, std::vector<ColumnPath> columns,
               std::shared_ptr<arrow::RecordBatch> rows)
      : table_(std::move(table)), columns_(std::move(columns)), rows_(std::move(rows)) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  uint64_t version() const override { return table_->version(); }
  arrow::Result<int64_t> NumRows() const override { return rows_->num_rows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return table_->Take(row_ids, columns);
  }
  /// Of the whole table.
  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override {
    return table_->State(columns);
  }

 private:
  std::shared_ptr<const TableSnapshot> table_;
  std::vector<ColumnPath> columns_;
  std::shared_ptr<arrow::RecordBatch> rows_;
  mutable std::atomic<bool> was_scanned_{false};
};

}  // namespace metaxy::internal
