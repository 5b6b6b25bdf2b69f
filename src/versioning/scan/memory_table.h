// In-memory table: the samples of a root feature, and the tables of tests.
#pragma once

#include <arrow/table.h>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Row ids are the positions in the table.
class MemoryTable final : public TableSnapshot {
 public:
  static arrow::Result<std::shared_ptr<MemoryTable>> Make(
      const std::shared_ptr<arrow::Table>& table);

  const std::shared_ptr<arrow::Schema>& schema() const override { return rows_->schema(); }
  arrow::Result<int64_t> NumRows() const override { return rows_->num_rows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;

  const std::shared_ptr<arrow::RecordBatch>& rows() const { return rows_; }

 private:
  explicit MemoryTable(std::shared_ptr<arrow::RecordBatch> rows) : rows_(std::move(rows)) {}

  std::shared_ptr<arrow::RecordBatch> rows_;
};

}  // namespace metaxy::internal
