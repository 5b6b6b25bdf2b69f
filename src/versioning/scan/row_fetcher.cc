#include "versioning/scan/row_fetcher.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>

#include <algorithm>

namespace metaxy::internal {
namespace {

// The fraction of rows from which a scan is cheaper.
constexpr size_t kScanFromShare = 8;

class TakingFetcher final : public RowFetcher {
 public:
  TakingFetcher(std::shared_ptr<const ScannedTable> table, std::vector<std::string> columns)
      : table_(std::move(table)), columns_(std::move(columns)) {}

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Fetch(
      std::span<const uint32_t> positions) override {
    return table_->table->Take(table_->row_ids.At(positions), columns_);
  }

 private:
  std::shared_ptr<const ScannedTable> table_;
  std::vector<std::string> columns_;
};

// Scans with the filter with which the positions were found, so that rows come in the same order.
// Servers may give another one; the row ids tell, and from then on rows are taken by them. So are
// rows that the scan has passed.
class ScanningFetcher final : public RowFetcher {
 public:
  ScanningFetcher(std::shared_ptr<const ScannedTable> table, std::vector<std::string> columns,
                  std::shared_ptr<arrow::RecordBatchReader> scan)
      : table_(table), scan_(std::move(scan)), taking_(std::move(table), std::move(columns)) {}

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Fetch(
      std::span<const uint32_t> positions) override {
    std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
    while (!positions.empty()) {
      size_t count = positions.size();
      std::shared_ptr<arrow::RecordBatch> piece;
      if (positions.front() < begin_) {
        count = static_cast<size_t>(std::lower_bound(positions.begin(), positions.end(), begin_) -
                                    positions.begin());
        ARROW_ASSIGN_OR_RAISE(piece, taking_.Fetch(positions.first(count)));
        pieces.push_back(std::move(piece));
        positions = positions.subspan(count);
        continue;
      }
      ARROW_RETURN_NOT_OK(AdvanceTo(positions.front()));
      if (scan_) {
        const uint32_t end = begin_ + static_cast<uint32_t>(batch_->num_rows());
        count = static_cast<size_t>(std::lower_bound(positions.begin(), positions.end(), end) -
                                    positions.begin());
        ARROW_ASSIGN_OR_RAISE(piece, Pick(positions.first(count)));
      }
      if (!piece) {
        scan_.reset();
        ARROW_ASSIGN_OR_RAISE(piece, taking_.Fetch(positions.first(count)));
      }
      pieces.push_back(std::move(piece));
      positions = positions.subspan(count);
    }
    if (pieces.empty()) return taking_.Fetch({});
    if (pieces.size() == 1) return pieces.front();
    ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(pieces));
    return table->CombineChunksToBatch();
  }

 private:
  // Ends the scan if it has no such row.
  arrow::Status AdvanceTo(uint32_t position) {
    while (scan_ && (!batch_ || position >= begin_ + static_cast<uint32_t>(batch_->num_rows()))) {
      if (batch_) begin_ += static_cast<uint32_t>(batch_->num_rows());
      batch_.reset();
      ARROW_RETURN_NOT_OK(scan_->ReadNext(&batch_));
      if (!batch_) scan_.reset();
    }
    return arrow::Status::OK();
  }

  // Rows of the current batch; null if they are not those of the positions.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Pick(
      std::span<const uint32_t> positions) const {
    const int id_column = batch_->schema()->GetFieldIndex(kRowIdColumn);
    const auto& ids = static_cast<const arrow::UInt64Array&>(*batch_->column(id_column));
    const std::vector<uint64_t> wanted = table_->row_ids.At(positions);
    for (size_t i = 0; i < positions.size(); ++i) {
      if (ids.Value(int64_t{positions[i]} - begin_) != wanted[i]) return nullptr;
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, batch_->RemoveColumn(id_column));
    const int64_t first = int64_t{positions.front()} - begin_;
    const auto count = static_cast<int64_t>(positions.size());
    if (positions.back() - positions.front() + 1 == positions.size())
      return rows->Slice(first, count);
    arrow::UInt32Builder indices;
    ARROW_RETURN_NOT_OK(indices.Reserve(count));
    for (const uint32_t position : positions) indices.UnsafeAppend(position - begin_);
    ARROW_ASSIGN_OR_RAISE(const auto index_array, indices.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(rows, index_array));
    return taken.record_batch();
  }

  std::shared_ptr<const ScannedTable> table_;
  std::shared_ptr<arrow::RecordBatchReader> scan_;
  TakingFetcher taking_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  uint32_t begin_ = 0;
};

}  // namespace

arrow::Result<std::unique_ptr<RowFetcher>> MakeRowFetcher(std::shared_ptr<const ScannedTable> table,
                                                          std::vector<std::string> columns,
                                                          const FetchPlan& plan) {
  if (!plan.ascending || plan.num_rows * kScanFromShare < table->row_ids.size())
    return std::make_unique<TakingFetcher>(std::move(table), std::move(columns));
  ScanRequest scan;
  for (const std::string& name : columns) scan.columns.push_back({name});
  scan.filters = table->filters;
  plan.read.Apply(&scan);
  auto reader = table->table->Scan(scan);
  // Rows that were selected by their keys.
  if (reader.status().IsNotImplemented())
    return std::make_unique<TakingFetcher>(std::move(table), std::move(columns));
  ARROW_RETURN_NOT_OK(reader.status());
  return std::make_unique<ScanningFetcher>(std::move(table), std::move(columns),
                                           *std::move(reader));
}

}  // namespace metaxy::internal
