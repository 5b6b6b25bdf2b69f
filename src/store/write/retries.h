// Retry with exponential backoff and jitter.
#pragma once

#include <arrow/status.h>

#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include "base/interrupt.h"
#include "base/log.h"

namespace metaxy::internal {

/// Backoff that grows and differs between writers, so that writers that collided once do not
/// collide again. Used by one thread.
class Retries {
 public:
  static constexpr int kMostAttempts = 40;

  /// `doing` is for messages, as in "writing to".
  Retries(std::string_view doing, std::string table, Interrupt interrupt = {}, Log log = {},
          int most_attempts = kMostAttempts);

  /// After an attempt that ended in `cause`: logs it, waits and returns OK. `cause`, immediately,
  /// if attempts are exhausted; Cancelled or Timeout if the operation is no longer wanted.
  arrow::Status Wait(const arrow::Status& cause);
  /// Returns OK without a pause: the cause has been removed. `cause` as above.
  arrow::Status Again(const arrow::Status& cause);

 private:
  arrow::Status GiveUp(const arrow::Status& cause) const;

  std::string doing_;  // "writing to table 'x'"
  std::string table_;
  Interrupt interrupt_;
  Log log_;
  int most_attempts_;
  std::minstd_rand random_;
  std::chrono::milliseconds longest_{20};
  int attempts_ = 1;
};

}  // namespace metaxy::internal
