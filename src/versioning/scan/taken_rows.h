// Taken rows: some rows of a table, known by their ids, as a table of their own.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "versioning/scan/scanned_table.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Scans are of whole columns, and take the rows by their ids. Thread-safe.
class TakenRows final : public TableSnapshot {
 public:
  /// `row_ids` are ascending and unique.
  TakenRows(std::shared_ptr<const TableSnapshot> table, std::vector<uint64_t> row_ids)
      : table_(std::move(table)),
        row_ids_(std::make_shared<const std::vector<uint64_t>>(std::move(row_ids))) {}

  /// Its rows at positions in the order of `row_ids`.
  static std::shared_ptr<const ScannedTable> Scanned(std::shared_ptr<const TableSnapshot> table,
                                                     std::vector<uint64_t> row_ids);

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  arrow::Result<int64_t> NumRows() const override { return static_cast<int64_t>(row_ids_->size()); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return table_->Take(row_ids, columns);
  }

 private:
  std::shared_ptr<const TableSnapshot> table_;
  std::shared_ptr<const std::vector<uint64_t>> row_ids_;
};

}  // namespace metaxy::internal
