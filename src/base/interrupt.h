// Cancellation: stop token and deadline of an operation.
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

/// A value type; usable from many threads.
class Interrupt {
 public:
  /// Never.
  Interrupt() = default;
  explicit Interrupt(const ExecutionOptions& options)
      : limited_(true), stop_token_(options.stop_token), deadline_(options.deadline) {}

  /// Without the stop token, and with at least this much time from now: for what has to be found
  /// out after a stop.
  Interrupt WithGrace(std::chrono::milliseconds time) const;

  /// Whether any limits were set.
  bool IsLimited() const { return limited_; }
  bool IsStopRequested() const { return stop_token_.IsStopRequested(); }
  const std::optional<std::chrono::steady_clock::time_point>& deadline() const { return deadline_; }

  /// Cancelled, or Timeout once the deadline has passed; `doing` is for the message, such as
  /// "writing rows".
  arrow::Status Check(std::string_view doing) const;

  /// Waits this long, or until Check() fails, and then returns that failure.
  arrow::Status Sleep(std::chrono::milliseconds time, std::string_view doing) const;

  /// Waits for a mutex in the same way.
  arrow::Result<std::unique_lock<std::mutex>> Lock(std::mutex& mutex, std::string_view doing) const;

 private:
  bool limited_ = false;
  arrow::StopToken stop_token_ = arrow::StopToken::Unstoppable();
  std::optional<std::chrono::steady_clock::time_point> deadline_ = std::nullopt;
};

/// Sets an interrupt for the current thread, for callees that do not take one: requests to the
/// database check it while they wait.
class InterruptScope {
 public:
  explicit InterruptScope(Interrupt interrupt);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  /// That of the innermost scope of this thread; if there is none, one that never interrupts.
  static const Interrupt& Current();

 private:
  const Interrupt interrupt_;
  const Interrupt* const outer_;
};

/// A reader that fails when the interrupt fires.
std::shared_ptr<arrow::RecordBatchReader> Interruptible(
    std::shared_ptr<arrow::RecordBatchReader> rows, Interrupt interrupt, std::string doing);

}  // namespace metaxy::internal
