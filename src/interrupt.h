// Who may end an operation before it is done: whoever called it, and the time it was given.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/cancel.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/execution_options.h"

namespace metaxy::internal {

/// A value; from many threads.
class Interrupt {
 public:
  /// Never.
  Interrupt() = default;
  explicit Interrupt(const ExecutionOptions& options)
      : stop_token_(options.stop_token), deadline_(options.deadline) {}

  /// Cancelled, or Timeout once the deadline has passed; `doing` is for the message, such as
  /// "writing rows".
  arrow::Status Check(std::string_view doing) const;

  /// Waits so long, or until Check() fails, which is then the answer.
  arrow::Status Sleep(std::chrono::milliseconds time, std::string_view doing) const;

  /// Waits for a mutex in the same way.
  arrow::Result<std::unique_lock<std::mutex>> Lock(std::mutex& mutex, std::string_view doing) const;

 private:
  arrow::StopToken stop_token_ = arrow::StopToken::Unstoppable();
  std::optional<std::chrono::steady_clock::time_point> deadline_ = std::nullopt;
};

/// A reader that fails where the interrupt says so.
std::shared_ptr<arrow::RecordBatchReader> Interruptible(
    std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt, std::string doing);

}  // namespace metaxy::internal
