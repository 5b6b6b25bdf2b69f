#include "interrupt.h"

#include <fmt/format.h>

#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

class InterruptibleReader final : public arrow::RecordBatchReader {
 public:
  InterruptibleReader(std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt)
      : rows_(std::move(rows)), interrupt_(std::move(interrupt)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(interrupt_.Check("writing rows"));
    return rows_->ReadNext(batch);
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  Interrupt interrupt_;
};

}  // namespace

arrow::Status Interrupt::Check(std::string_view doing) const {
  if (stop_token_.IsStopRequested()) {
    return MakeError(ErrorCode::kCancelled, fmt::format("cancelled while {}", doing));
  }
  if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
    return MakeError(ErrorCode::kTimeout,
                     fmt::format("the deadline passed while {}; give more time", doing),
                     /*retryable=*/true);
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::RecordBatchReader> Interruptible(
    std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt) {
  return std::make_shared<InterruptibleReader>(std::move(rows), std::move(interrupt));
}

}  // namespace metaxy::internal
