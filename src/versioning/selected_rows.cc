#include "versioning/selected_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include <algorithm>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// A scan is worth it from this share of its rows on.
constexpr int64_t kScanFromShare = 8;

std::shared_ptr<arrow::Schema> Project(const arrow::Schema& schema,
                                       const std::vector<std::string>& columns) {
  arrow::FieldVector fields;
  for (const std::string& name : columns) fields.push_back(schema.GetFieldByName(name));
  return arrow::schema(std::move(fields));
}

class TakingReader final : public arrow::RecordBatchReader {
 public:
  TakingReader(const NarrowRows& rows, std::vector<std::string> columns, int64_t batch_size)
      : schema_(Project(*rows.table->schema(), columns)),
        table_(rows.table),
        row_ids_(rows.row_ids),
        columns_(std::move(columns)),
        batch_size_(static_cast<size_t>(std::max<int64_t>(batch_size, 1))) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == row_ids_.size()) return arrow::Status::OK();
    const size_t count = std::min(batch_size_, row_ids_.size() - next_);
    ARROW_ASSIGN_OR_RAISE(*batch,
                          table_->Take(std::span(row_ids_).subspan(next_, count), columns_));
    next_ += count;
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<const TableSnapshot> table_;
  std::vector<uint64_t> row_ids_;
  std::vector<std::string> columns_;
  size_t batch_size_;
  size_t next_ = 0;
};

// Scans with the filter with which the row ids were found, so that both come in the same order, and
// keeps what is wanted.
class ScanningReader final : public arrow::RecordBatchReader {
 public:
  ScanningReader(const NarrowRows& rows, const std::vector<std::string>& columns,
                 std::shared_ptr<arrow::RecordBatchReader> scan)
      : schema_(Project(*rows.table->schema(), columns)),
        row_ids_(rows.row_ids),
        scan_(std::move(scan)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    while (next_ < row_ids_.size()) {
      std::shared_ptr<arrow::RecordBatch> scanned;
      ARROW_RETURN_NOT_OK(scan_->ReadNext(&scanned));
      if (!scanned)
        return MakeError(ErrorCode::kInternal,
                         "a second scan of the same table version gave fewer rows");
      ARROW_ASSIGN_OR_RAISE(*batch, Keep(*scanned));
      if ((*batch)->num_rows() > 0) return arrow::Status::OK();
    }
    batch->reset();
    return arrow::Status::OK();
  }

 private:
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Keep(const arrow::RecordBatch& scanned) {
    const int id_column = scanned.schema()->GetFieldIndex(kRowIdColumn);
    const auto& ids = static_cast<const arrow::UInt64Array&>(*scanned.column(id_column));
    arrow::Int64Builder kept;
    ARROW_RETURN_NOT_OK(kept.Reserve(ids.length()));
    for (int64_t i = 0; i < ids.length() && next_ < row_ids_.size(); ++i) {
      if (ids.Value(i) != row_ids_[next_]) continue;
      kept.UnsafeAppend(i);
      ++next_;
    }
    ARROW_ASSIGN_OR_RAISE(auto rows, scanned.RemoveColumn(id_column));
    if (kept.length() == rows->num_rows()) return rows;
    ARROW_ASSIGN_OR_RAISE(auto positions, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(rows, positions));
    return taken.record_batch();
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<uint64_t> row_ids_;
  std::shared_ptr<arrow::RecordBatchReader> scan_;
  size_t next_ = 0;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSelectedRows(
    const NarrowRows& rows, const std::vector<std::string>& columns, int64_t batch_size) {
  if (rows.num_rows() * kScanFromShare < rows.scanned_rows) {
    return std::make_shared<TakingReader>(rows, columns, batch_size);
  }
  ScanRequest scan;
  for (const std::string& name : columns) scan.columns.push_back({name});
  scan.filter = rows.scan_filter;
  scan.batch_size = batch_size;
  ARROW_ASSIGN_OR_RAISE(auto reader, rows.table->Scan(scan));
  return std::make_shared<ScanningReader>(rows, columns, std::move(reader));
}

}  // namespace metaxy::internal
