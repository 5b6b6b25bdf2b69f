#include "store/write/row_spool.h"

#include <arrow/util/byte_size.h>

#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {

// Reads the content of the spool, in order: memory, file, stream.
class RowSpool::Reader final : public arrow::RecordBatchReader {
 public:
  explicit Reader(std::shared_ptr<RowSpool> spool) : spool_(std::move(spool)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return spool_->input_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (next_in_memory_ < spool_->in_memory_.size()) {
      *batch = spool_->in_memory_[next_in_memory_++];
      return arrow::Status::OK();
    }
    if (read_on_disk_ < spool_->batches_on_disk()) {
      if (!file_) {
        ARROW_ASSIGN_OR_RAISE(file_, spool_->on_disk_->Open());
      }
      ++read_on_disk_;
      return file_->ReadNext(batch);
    }
    ARROW_ASSIGN_OR_RAISE(*batch, spool_->Advance());
    next_in_memory_ = spool_->in_memory_.size();
    read_on_disk_ = spool_->batches_on_disk();
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<RowSpool> spool_;
  size_t next_in_memory_ = 0;
  int64_t read_on_disk_ = 0;
  std::shared_ptr<arrow::RecordBatchReader> file_;
};

std::shared_ptr<RowSpool> RowSpool::Make(std::shared_ptr<arrow::RecordBatchReader> input,
                                         int64_t memory_limit) {
  return std::shared_ptr<RowSpool>(new RowSpool(std::move(input), memory_limit));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> RowSpool::Open() {
  if (!spilled_.ok()) {
    return WithContext(
        spilled_, "the rows have to be read again and could not be stored in a temporary file");
  }
  return std::make_shared<Reader>(shared_from_this());
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> RowSpool::Advance() {
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(input_->ReadNext(&batch));
  // The write continues even if the rows cannot be buffered: most writes need them only once.
  if (batch && spilled_.ok()) spilled_ = AddMemoryUsage(batch);
  return batch;
}

arrow::Status RowSpool::AddMemoryUsage(const std::shared_ptr<arrow::RecordBatch>& batch) {
  if (!on_disk_) {
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(*batch));
    if (bytes <= memory_left_) {
      memory_left_ -= bytes;
      in_memory_.push_back(batch);
      return arrow::Status::OK();
    }
    on_disk_ = SpilledRows::Make(input_->schema());
  }
  return on_disk_->Append(*batch);
}

}  // namespace metaxy::internal
