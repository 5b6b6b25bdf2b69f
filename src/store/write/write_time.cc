#include "store/write/write_time.h"

#include <fmt/format.h>

#include <algorithm>

#include "metaxy/system_columns.h"
#include "store/clock.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kSecond = 1'000'000;

// Clocks of machines that are set over the network differ by less.
constexpr int64_t kWorthANote = 60 * kSecond;

}  // namespace

std::vector<std::string> TimeColumns() {
  return {std::string(kDeletedAt), std::string(kUpdatedAt)};
}

void WriteTime::Follow(const std::optional<LatestTime>& stored) {
  stored_ = stored;
  // An earlier attempt may have followed another table of this name; nobody has seen its rows.
  const bool later = stored && stored->micros >= clock_;
  // Nothing is later than the end of time.
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  first_.store(later ? std::min(stored->micros, kEnd - 1 - span_) + 1 : clock_);
}

void WriteTime::KeepGiven(int64_t time) {
  int64_t least = least_given_.load();
  while (time < least && !least_given_.compare_exchange_weak(least, time)) {
  }
}

std::optional<LatestTime> WriteTime::Latest() const {
  if (gives_.load() || !stored_) return std::nullopt;
  LatestTime latest = *stored_;
  latest.micros = std::max(latest.micros, first() + span_);
  return latest;
}

void WriteTime::Report(const std::string& table, const Log& log) const {
  if (ahead() > kWorthANote) {
    log.Warn(
        LogSubject::kClock,
        fmt::format("this machine's clock says {}, but table '{}' has rows of {}: the new rows "
                    "are stamped just later than those, so that they count; set the clock of "
                    "this machine, or of the one that wrote them",
                    MicrosText(clock_), table, MicrosText(stored_->micros)),
        {{"table", table}, {"seconds", ahead() / kSecond}});
  }
  const int64_t given = least_given_.load();
  if (stored_ && given <= stored_->micros) {
    log.Warn(LogSubject::kClock,
             fmt::format("table '{}' has rows of {}, and some of the new ones are given as deleted "
                         "at {}: where a sample has a later row, they will not count",
                         table, MicrosText(stored_->micros), MicrosText(given)),
             {{"table", table}, {"seconds", (stored_->micros - given) / kSecond}});
  }
}

}  // namespace metaxy::internal
