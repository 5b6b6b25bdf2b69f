#include "base/interrupt.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// How long a stop request may go unnoticed while the operation only waits.
constexpr std::chrono::milliseconds kLookEvery{20};

thread_local const Interrupt* current = nullptr;

class InterruptibleReader final : public arrow::RecordBatchReader {
 public:
  InterruptibleReader(std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt,
                      std::string doing)
      : rows_(std::move(rows)), interrupt_(std::move(interrupt)), doing_(std::move(doing)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(interrupt_.Check(doing_));
    return rows_->ReadNext(batch);
  }

  arrow::Status Close() override { return rows_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  Interrupt interrupt_;
  std::string doing_;
};

}  // namespace

Interrupt Interrupt::WithGrace(std::chrono::milliseconds time) const {
  Interrupt interrupt;
  interrupt.limited_ = limited_;
  const auto grace = std::chrono::steady_clock::now() + time;
  if (deadline_) interrupt.deadline_ = std::max(*deadline_, grace);
  if (stop_token_.IsStopRequested()) interrupt.deadline_ = grace;
  return interrupt;
}

arrow::Status Interrupt::Check(std::string_view doing) const {
  if (stop_token_.IsStopRequested()) {
    return MakeError(ErrorCode::kCancelled, fmt::format("cancelled while {}", doing));
  }
  if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
    return MakeError(ErrorCode::kTimeout,
                     fmt::format("the deadline passed while {}; allow more time", doing),
                     /*retryable=*/true);
  }
  return arrow::Status::OK();
}

arrow::Status Interrupt::Sleep(std::chrono::milliseconds time, std::string_view doing) const {
  while (time.count() > 0) {
    ARROW_RETURN_NOT_OK(Check(doing));
    const auto now = std::min(time, kLookEvery);
    std::this_thread::sleep_for(now);
    time -= now;
  }
  return Check(doing);
}

arrow::Result<std::unique_lock<std::mutex>> Interrupt::Lock(std::mutex& mutex,
                                                            std::string_view doing) const {
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  while (!lock.owns_lock()) {
    ARROW_RETURN_NOT_OK(Check(doing));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    static_cast<void>(lock.try_lock());
  }
  return lock;
}

InterruptScope::InterruptScope(Interrupt interrupt)
    : interrupt_(std::move(interrupt)), outer_(current) {
  current = &interrupt_;
}

InterruptScope::~InterruptScope() { current = outer_; }

const Interrupt& InterruptScope::Current() {
  static const Interrupt never;
  return current != nullptr ? *current : never;
}

std::shared_ptr<arrow::RecordBatchReader> Interruptible(
    std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt, std::string doing) {
  return std::make_shared<InterruptibleReader>(std::move(rows), std::move(interrupt),
                                               std::move(doing));
}

}  // namespace metaxy::internal
