#include "versioning/scan/taken_rows.h"

#include <arrow/array.h>
#include <arrow/buffer.h>

#include <algorithm>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

class TakingReader final : public arrow::RecordBatchReader {
 public:
  TakingReader(std::shared_ptr<const TableSnapshot> table,
               std::shared_ptr<const std::vector<uint64_t>> row_ids,
               std::vector<std::string> columns, const ScanRequest& request)
      : table_(std::move(table)),
        row_ids_(std::move(row_ids)),
        columns_(std::move(columns)),
        with_row_id_(request.with_row_id),
        batch_size_(static_cast<size_t>(std::max<int64_t>(request.batch_size, 1))) {
    arrow::FieldVector fields;
    for (const std::string& name : columns_)
      fields.push_back(table_->schema()->GetFieldByName(name));
    if (with_row_id_) fields.push_back(arrow::field(kRowIdColumn, arrow::uint64()));
    schema_ = arrow::schema(std::move(fields));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    const size_t count = std::min(batch_size_, row_ids_->size() - done_);
    if (count == 0) return arrow::Status::OK();
    const std::span<const uint64_t> ids(row_ids_->data() + done_, count);
    ARROW_ASSIGN_OR_RAISE(*batch, table_->Take(ids, columns_));
    done_ += count;
    if (!with_row_id_) return arrow::Status::OK();
    const auto column = std::make_shared<arrow::UInt64Array>(
        static_cast<int64_t>(count),
        arrow::Buffer::FromVector(std::vector(ids.begin(), ids.end())));
    return (*batch)
        ->AddColumn((*batch)->num_columns(), arrow::field(kRowIdColumn, arrow::uint64()), column)
        .Value(batch);
  }

 private:
  std::shared_ptr<const TableSnapshot> table_;
  std::shared_ptr<const std::vector<uint64_t>> row_ids_;
  std::vector<std::string> columns_;
  bool with_row_id_;
  size_t batch_size_;
  size_t done_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::shared_ptr<const ScannedTable> TakenRows::Scanned(std::shared_ptr<const TableSnapshot> table,
                                                       std::vector<uint64_t> row_ids) {
  auto scanned = std::make_shared<ScannedTable>();
  scanned->row_ids.Append(row_ids);
  scanned->table = std::make_shared<const TakenRows>(std::move(table), std::move(row_ids));
  return scanned;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> TakenRows::Scan(
    const ScanRequest& request) const {
  std::vector<std::string> columns;
  for (const ColumnPath& path : request.columns) {
    if (!path.member.empty() || !request.filters.empty())
      return MakeError(ErrorCode::kInternal, "rows that were taken are scanned as they are");
    columns.push_back(path.column);
  }
  return std::make_shared<TakingReader>(table_, row_ids_, std::move(columns), request);
}

}  // namespace metaxy::internal
