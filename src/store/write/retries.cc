#include "store/write/retries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr std::chrono::milliseconds kLongestPause{1000};

}  // namespace

Retries::Retries(std::string_view doing, std::string table, Interrupt interrupt, Log log,
                 int most_attempts)
    : doing_(fmt::format("{} table '{}'", doing, table)),
      table_(std::move(table)),
      interrupt_(std::move(interrupt)),
      log_(std::move(log)),
      most_attempts_(most_attempts),
      random_(std::random_device{}()) {}

arrow::Status Retries::Wait(const arrow::Status& cause) {
  if (attempts_ == most_attempts_) return GiveUp(cause);
  log_.Info(
      LogSubject::kRetry,
      fmt::format("{}: retrying after attempt {} of at most {}: {}", doing_, attempts_,
                  most_attempts_, cause.message()),
      {{"table", table_}, {"attempt", attempts_}, {"error", ErrorCodeName(GetErrorCode(cause))}});
  ++attempts_;
  std::uniform_int_distribution<int64_t> pause(1, longest_.count());
  longest_ = std::min(2 * longest_, kLongestPause);
  return interrupt_.Sleep(std::chrono::milliseconds(pause(random_)), doing_);
}

arrow::Status Retries::Again(const arrow::Status& cause) {
  if (attempts_ == most_attempts_) return GiveUp(cause);
  ++attempts_;
  return arrow::Status::OK();
}

arrow::Status Retries::GiveUp(const arrow::Status& cause) const {
  return WithContext(cause, fmt::format("gave up {} after {} attempts", doing_, attempts_));
}

}  // namespace metaxy::internal
