// Some fragments of a table as a table of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Scans have the rows of these fragments, with the row ids of the whole table. Thread-safe.
class SomeFragments final : public TableSnapshot {
 public:
  /// `fragments` by their ids, at least one.
  SomeFragments(std::shared_ptr<const TableSnapshot> table, std::vector<uint64_t> fragments,
                int64_t rows)
      : table_(std::move(table)), fragments_(std::move(fragments)), rows_(rows) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return table_->schema(); }
  arrow::Result<int64_t> NumRows() const override { return rows_; }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const ScanRequest& request) const override {
    ScanRequest some = request;
    some.fragments = fragments_;
    return table_->Scan(some);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(
      std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const override {
    return table_->Take(row_ids, columns);
  }

 private:
  std::shared_ptr<const TableSnapshot> table_;
  std::vector<uint64_t> fragments_;
  int64_t rows_;
};

}  // namespace metaxy::internal
