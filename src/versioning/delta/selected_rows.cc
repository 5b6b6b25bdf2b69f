#include "versioning/delta/selected_rows.h"

#include <arrow/array.h>

#include <algorithm>
#include <utility>

namespace metaxy::internal {
namespace {

// Takes the rows of a scan batch by batch.
class TakingReader final : public arrow::RecordBatchReader {
 public:
  TakingReader(std::shared_ptr<const TableSnapshot> table, std::vector<ColumnPath> columns,
               bool with_row_id, std::shared_ptr<const arrow::UInt64Array> ids, int64_t batch_size)
      : table_(std::move(table)),
        columns_(std::move(columns)),
        with_row_id_(with_row_id),
        ids_(std::move(ids)),
        batch_size_(batch_size) {}

  arrow::Status Start() {
    ARROW_ASSIGN_OR_RAISE(const auto none, Take(0, 0));
    schema_ = none->schema();
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    const int64_t count = std::min(batch_size_, ids_->length() - done_);
    if (count == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*batch, Take(done_, count));
    done_ += count;
    return arrow::Status::OK();
  }

 private:
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(int64_t begin, int64_t count) const {
    ARROW_ASSIGN_OR_RAISE(
        auto rows,
        table_->TakeMembers({ids_->raw_values() + begin, static_cast<size_t>(count)}, columns_));
    if (with_row_id_) return rows;
    return rows->RemoveColumn(rows->num_columns() - 1);
  }

  std::shared_ptr<const TableSnapshot> table_;
  std::vector<ColumnPath> columns_;
  bool with_row_id_;
  std::shared_ptr<const arrow::UInt64Array> ids_;
  int64_t batch_size_;
  int64_t done_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SelectedRows::Scan(
    const ScanRequest& request) const {
  const auto batch_size = std::max<int64_t>(request.batch_size, 1);
  if (request.columns != columns_ || !request.with_row_id) {
    auto reader = std::make_shared<TakingReader>(
        table_, request.columns, request.with_row_id,
        std::static_pointer_cast<arrow::UInt64Array>(rows_->column(rows_->num_columns() - 1)),
        batch_size);
    ARROW_RETURN_NOT_OK(reader->Start());
    return reader;
  }
  arrow::RecordBatchVector batches;
  for (int64_t start = 0; start < rows_->num_rows(); start += batch_size)
    batches.push_back(rows_->Slice(start, batch_size));
  return arrow::RecordBatchReader::Make(std::move(batches), rows_->schema());
}

}  // namespace metaxy::internal
