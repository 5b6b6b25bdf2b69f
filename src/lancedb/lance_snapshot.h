// One version of a Lance table, as the engine reads it.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "lancedb/bridge.h"
#include "versioning/table_snapshot.h"

namespace metaxy::internal {

/// Filters run inside LanceDB where that gives the same answer, the rest of them here.
class LanceSnapshot final : public TableSnapshot {
 public:
  static arrow::Result<std::shared_ptr<const LanceSnapshot>> Make(
      std::unique_ptr<LanceTable> table);

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  arrow::Result<int64_t> NumRows() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;

 private:
  LanceSnapshot(std::unique_ptr<LanceTable> table, std::shared_ptr<arrow::Schema> schema)
      : table_(std::move(table)), schema_(std::move(schema)) {}

  std::unique_ptr<LanceTable> table_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace metaxy::internal
