#include "columns/timestamp_string.h"

#include <fmt/format.h>

#include <cstdlib>

namespace metaxy::internal {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kFirstShownDay = -96'465'292;
constexpr int64_t kLastShownDay = 95'026'236;

struct Split {
  int64_t whole;
  int64_t part;  // never negative
};

Split SplitFloor(int64_t value, int64_t by) {
  const int64_t part = value % by;
  return part < 0 ? Split{value / by - 1, part + by} : Split{value / by, part};
}

// Polars has no seconds: it stores them as milliseconds.
int ShownDigits(arrow::TimeUnit::type unit) {
  return unit == arrow::TimeUnit::SECOND ? 3 : DigitsOf(unit);
}

std::string ClockText(int64_t second_of_day) {
  return fmt::format("{:02}:{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60,
                     second_of_day % 60);
}

// The fraction of a second with zero, three, six or nine digits.
std::string ShortFraction(int64_t ticks, arrow::TimeUnit::type unit) {
  int digits = DigitsOf(unit);
  if (ticks == 0) return "";
  for (; digits > 3 && ticks % 1000 == 0; digits -= 3) ticks /= 1000;
  return fmt::format(".{:0{}}", ticks, digits);
}

// Offsets are shown in minutes, so the offset of a historical local mean time is rounded.
std::string OffsetText(int32_t offset) {
  const int32_t minutes = (std::abs(offset) + 30) / 60;
  return fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace

int64_t TicksPerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1'000'000'000;
}

int DigitsOf(arrow::TimeUnit::type unit) { return 3 * static_cast<int>(unit); }

bool IsShownDay(int64_t days) { return days >= kFirstShownDay && days <= kLastShownDay; }

std::string DateString(int64_t days) {
  // Of years that begin in March, in eras of 400 years: a leap day is the last day of such a year.
  const Split era = SplitFloor(days + 719'468, 146'097);
  const int64_t year_of_era =
      (era.part - era.part / 1'460 + era.part / 36'524 - era.part / 146'096) / 365;
  const int64_t day_of_year = era.part - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = era.whole * 400 + year_of_era + (month <= 2 ? 1 : 0);
  return year >= 0 && year <= 9999 ? fmt::format("{:04}-{:02}-{:02}", year, month, day)
                                   : fmt::format("{:+05}-{:02}-{:02}", year, month, day);
}

std::optional<std::string> TimeString(int64_t ticks, arrow::TimeUnit::type unit, StringForm form) {
  const auto [second, fraction] = SplitFloor(ticks, TicksPerSecond(unit));
  if (second < 0 || second >= kSecondsPerDay) return std::nullopt;
  return ClockText(second) + (form == StringForm::kVersion ? "" : ShortFraction(fraction, unit));
}

std::optional<std::string> TimestampString(int64_t ticks, arrow::TimeUnit::type unit,
                                           const TimeZone* zone, StringForm form) {
  const auto [second, fraction] = SplitFloor(ticks, TicksPerSecond(unit));
  if (!IsShownDay(SplitFloor(second, kSecondsPerDay).whole)) return std::nullopt;
  const int32_t offset = zone ? zone->OffsetAt(second) : 0;
  const auto [days, second_of_day] = SplitFloor(second + offset, kSecondsPerDay);
  std::string text = DateString(days);
  if (form == StringForm::kStored) {
    if (!IsShownDay(days)) return std::nullopt;
    text += 'T' + ClockText(second_of_day) + ShortFraction(fraction, unit);
    if (zone) text += offset == 0 ? "Z" : OffsetText(offset);
    return text;
  }
  text += ' ' + ClockText(second_of_day);
  text += fmt::format(".{:0{}}", fraction, ShownDigits(unit));
  if (zone) text += OffsetText(offset);
  return text;
}

std::string DurationString(int64_t ticks, arrow::TimeUnit::type unit) {
  // Every component is rounded towards zero, and has a sign of its own.
  const int64_t second = ticks / TicksPerSecond(unit);
  const int64_t fraction = ticks % TicksPerSecond(unit);
  const std::string sign = ticks % (60 * TicksPerSecond(unit)) < 0 ? "-" : "";
  return fmt::format("{} days {} hours {} mins {}{}.{:0{}} secs", second / kSecondsPerDay,
                     second % kSecondsPerDay / 3600, second % 3600 / 60, sign,
                     std::abs(second % 60), std::abs(fraction), ShownDigits(unit));
}

}  // namespace metaxy::internal
