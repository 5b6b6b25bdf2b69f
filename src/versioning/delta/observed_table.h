// Observed table: notes which columns are read of a table.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// A table that is read like another one. What is read of it until Seal() is what an answer depends
/// on. Thread-safe.
class ObservedTable final : public TableSnapshot {
 public:
  explicit ObservedTable(std::shared_ptr<const TableSnapshot> table) : table_(std::move(table)) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  uint64_t version() const override { return table_->version(); }
  arrow::Result<int64_t> NumRows() const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override;

  arrow::Result<std::optional<TableState>> State(
      const std::vector<ColumnPath>& columns) const override {
    return table_->State(columns);
  }
  arrow::Result<std::vector<uint64_t>> DeletedRows(
      std::span<const uint64_t> fragments) const override {
    return table_->DeletedRows(fragments);
  }

  /// Reads after this one are not noted: they fetch what was found.
  void Seal();
  /// The columns in the order in which they were first read, also those that filters read.
  std::vector<ColumnPath> columns() const;
  /// Rows of the table, if it was asked for their number.
  int64_t rows() const;

 private:
  void Note(const ColumnPath& path) const;

  std::shared_ptr<const TableSnapshot> table_;
  mutable std::mutex mutex_;
  mutable std::vector<ColumnPath> columns_;
  mutable int64_t rows_ = 0;
  bool sealed_ = false;
};

/// A table with these columns and no rows.
arrow::Result<std::shared_ptr<const TableSnapshot>> EmptyTable(
    const std::shared_ptr<arrow::Schema>& schema);

}  // namespace metaxy::internal
