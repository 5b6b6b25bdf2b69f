// Calendar arithmetic: Gregorian dates over the whole range of 64 bits.
#pragma once

#include <cstdint>

namespace metaxy::cli {

struct CivilDate {
  int64_t year;
  int month;
  int day;
};

/// \brief Division that rounds down, also for negative numbers; the remainder has the sign of
/// `divisor`.
constexpr int64_t FloorDivide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}
constexpr int64_t FloorRemainder(int64_t value, int64_t divisor) {
  const int64_t remainder = value % divisor;
  return remainder < 0 ? remainder + divisor : remainder;
}

// Years begin in March here, so that the leap day is the last one; the pattern repeats every 400
// years.
constexpr int64_t kDaysOf400Years = 146097;
constexpr int64_t kDaysFromMarchZeroTo1970 = 719468;

/// \brief The date of a day counted from 1970-01-01.
constexpr CivilDate DateOfDay(int64_t days) {
  // The era is computed before the shift, which would overflow at the end of the range.
  int64_t era = FloorDivide(days, kDaysOf400Years);
  int64_t day_of_era = FloorRemainder(days, kDaysOf400Years) + kDaysFromMarchZeroTo1970;
  era += day_of_era / kDaysOf400Years;
  day_of_era %= kDaysOf400Years;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const int month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

/// \brief The day of a date, counted from 1970-01-01.
constexpr int64_t DayOfDate(CivilDate date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = FloorDivide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year =
      (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysOf400Years + day_of_era - kDaysFromMarchZeroTo1970;
}

}  // namespace metaxy::cli
