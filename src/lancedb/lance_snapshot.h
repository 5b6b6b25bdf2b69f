// Table snapshot: one version of a Lance table, as the engine reads it.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "lancedb/bridge.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Filters run inside LanceDB if that gives the same result, the others here.
class LanceSnapshot final : public TableSnapshot {
 public:
  static arrow::Result<std::shared_ptr<const LanceSnapshot>> Make(
      std::unique_ptr<LanceTable> table);

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  uint64_t version() const override { return version_; }
  arrow::Result<int64_t> NumRows() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeMembers(
      std::span<const uint64_t> row_ids, const std::vector<ColumnPath>& columns) const override;
  arrow::Result<std::optional<LatestTime>> FindLatestTime(
      const std::vector<std::string>& columns) const override;
  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override;
  arrow::Result<std::vector<Rewrite>> Rewrites(const std::vector<ColumnPath>& columns,
                                               uint64_t since, uint64_t most) const override;
  arrow::Result<std::vector<uint64_t>> DeletedRows(
      std::span<const uint64_t> fragments) const override {
    return table_->DeletedRows(fragments);
  }

  /// The table at this version, for operations based on it.
  LanceTable& table() const { return *table_; }

 private:
  LanceSnapshot(std::unique_ptr<LanceTable> table, std::shared_ptr<arrow::Schema> schema,
                uint64_t version)
      : table_(std::move(table)), schema_(std::move(schema)), version_(version) {}

  std::shared_ptr<LanceTable> table_;  // shared with its readers
  std::shared_ptr<arrow::Schema> schema_;
  uint64_t version_;
};

}  // namespace metaxy::internal
