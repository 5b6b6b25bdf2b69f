#include "store/write/rows_ahead.h"

#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

namespace metaxy::internal {

arrow::Status RowsAhead::ReadAhead(int64_t limit) {
  int64_t bytes = 0;
  while (!ended_ && bytes <= limit) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(input_->ReadNext(&batch));
    if (!batch) {
      ended_ = true;
      break;
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t size, arrow::util::ReferencedBufferSize(*batch));
    bytes += size;
    kept_.push_back(std::move(batch));
  }
  return arrow::Status::OK();
}

arrow::Result<bool> RowsAhead::HasRows() {
  while (!ended_ && (kept_.empty() || kept_.back()->num_rows() == 0)) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(input_->ReadNext(&batch));
    ended_ = batch == nullptr;
    if (batch) kept_.push_back(std::move(batch));
  }
  return std::any_of(kept_.begin(), kept_.end(),
                     [](const auto& batch) { return batch->num_rows() > 0; });
}

arrow::Status RowsAhead::Drain() {
  kept_.clear();
  std::shared_ptr<arrow::RecordBatch> batch;
  while (!ended_) {
    ARROW_RETURN_NOT_OK(input_->ReadNext(&batch));
    ended_ = batch == nullptr;
  }
  return arrow::Status::OK();
}

arrow::Status RowsAhead::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  if (!kept_.empty()) {
    *batch = std::move(kept_.front());
    kept_.pop_front();
    return arrow::Status::OK();
  }
  return ended_ ? arrow::Status::OK() : input_->ReadNext(batch);
}

}  // namespace metaxy::internal
