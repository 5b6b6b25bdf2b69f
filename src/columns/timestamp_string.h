// String form of dates, times of day, timestamps and durations.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <optional>
#include <string>

#include "columns/time_zone.h"

namespace metaxy::internal {

/// Which of the reference's two string forms of a value.
enum class StringForm {
  kVersion,  ///< as Polars casts it before hashing
  kStored,   ///< as LanceDB converts it for a string column
};

/// Ticks of this unit in a second, and the number of their digits.
int64_t TicksPerSecond(arrow::TimeUnit::type unit);
int DigitsOf(arrow::TimeUnit::type unit);

/// Whether the reference supports the date: the years -262143 to 262142.
bool IsShownDay(int64_t days);

/// "2024-05-01"; years before 0 and after 9999 have a sign.
std::string DateString(int64_t days);

/// "10:05:00" as a version, which drops fractions; "10:05:00.250" stored. `std::nullopt` for a
/// value outside of one day.
std::optional<std::string> TimeString(int64_t ticks, arrow::TimeUnit::type unit, StringForm form);

/// "2024-05-01 06:00:00.250000-04:00" as a version, with the digits of the unit;
/// "2024-05-01T06:00:00.250-04:00" stored, with as many groups of three digits as needed and Z for
/// no offset. Without `zone` the time is not converted. `std::nullopt` for unsupported dates.
std::optional<std::string> TimestampString(int64_t ticks, arrow::TimeUnit::type unit,
                                           const TimeZone* zone, StringForm form);

/// "1 days 1 hours 1 mins 1.000005 secs".
std::string DurationString(int64_t ticks, arrow::TimeUnit::type unit);

}  // namespace metaxy::internal
