// An open table of a LanceDB database.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lancedb/failure_reporter.h"
#include "lancedb/lance_snapshot.h"
#include "store/stored_table.h"

namespace metaxy::internal {

/// How the bridge notes a mark.
LanceWriteOptions ToWriteOptions(const WriteMark& mark);

class LanceStoredTable final : public StoredTable {
 public:
  static arrow::Result<std::shared_ptr<StoredTable>> Make(
      std::unique_ptr<LanceTable> table, std::shared_ptr<const FailureReporter> failures);

  const std::string& name() const override { return table().name(); }
  const std::shared_ptr<arrow::Schema>& schema() const override { return snapshot_->schema(); }
  uint64_t version() const override { return snapshot_->version(); }
  arrow::Result<FileFormat> file_format() const override;
  arrow::Result<int64_t> NumRows() const override { return snapshot_->NumRows(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override {
    return snapshot_->Scan(request);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return snapshot_->Take(row_ids, columns);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeMembers(
      std::span<const uint64_t> row_ids, const std::vector<ColumnPath>& columns) const override {
    return snapshot_->TakeMembers(row_ids, columns);
  }
  arrow::Result<std::optional<LatestTime>> FindLatestTime(
      const std::vector<std::string>& columns) const override {
    return failures_->Redact(snapshot_->FindLatestTime(columns));
  }
  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override {
    return snapshot_->State(columns);
  }
  arrow::Result<std::vector<Rewrite>> Rewrites(const std::vector<ColumnPath>& columns,
                                               uint64_t since, uint64_t most) const override {
    return snapshot_->Rewrites(columns, since, most);
  }
  arrow::Result<std::vector<uint64_t>> DeletedRows(
      std::span<const uint64_t> fragments) const override {
    return snapshot_->DeletedRows(fragments);
  }

  arrow::Result<uint64_t> Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                 const WriteMark& mark) override;
  arrow::Result<std::string> WriteFragments(
      std::shared_ptr<arrow::RecordBatchReader> rows) override;
  arrow::Result<uint64_t> CommitFragments(std::span<const std::string> fragments,
                                          const WriteMark& mark) override;
  arrow::Status CheckFragments(std::string_view fragments) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ScanFragments(
      std::string_view fragments, uint64_t version,
      const std::vector<std::string>& columns) const override;
  arrow::Status CheckReplace() const override;
  arrow::Status Replace(std::shared_ptr<arrow::RecordBatchReader> rows) override;
  arrow::Status AddColumns(const std::shared_ptr<arrow::Schema>& columns) override;
  arrow::Result<int64_t> Delete(const std::optional<arrow::compute::Expression>& filter) override;
  arrow::Status DeleteRows(std::span<const uint64_t> row_ids) override;

 private:
  LanceStoredTable(std::shared_ptr<const LanceSnapshot> snapshot,
                   std::shared_ptr<const FailureReporter> failures)
      : snapshot_(std::move(snapshot)), failures_(std::move(failures)) {}

  LanceTable& table() const { return snapshot_->table(); }

  std::shared_ptr<const LanceSnapshot> snapshot_;
  std::shared_ptr<const FailureReporter> failures_;
};

}  // namespace metaxy::internal
