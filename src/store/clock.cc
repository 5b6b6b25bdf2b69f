#include "store/clock.h"

#include <fmt/format.h>

namespace metaxy::internal {
namespace {

thread_local std::chrono::microseconds pretended_ahead{0};

}  // namespace

int64_t NowMicros() {
  const auto now = std::chrono::system_clock::now().time_since_epoch() + pretended_ahead;
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string MicrosText(int64_t micros) {
  using std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> time{microseconds(micros)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

PretendedClock::PretendedClock(std::chrono::microseconds ahead) : before_(pretended_ahead) {
  pretended_ahead = ahead;
}

PretendedClock::~PretendedClock() { pretended_ahead = before_; }

}  // namespace metaxy::internal
