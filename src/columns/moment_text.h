// Dates, times of day, moments and spans of time as texts.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <optional>
#include <string>

#include "columns/time_zone.h"

namespace metaxy::internal {

/// Which of its two texts of a value the reference makes.
enum class TextForm {
  kVersion,  ///< what Polars makes of it before it is hashed
  kStored,   ///< what LanceDB makes of it in a column of texts
};

/// Ticks of this unit in a second, and how many digits they fill.
int64_t TicksPerSecond(arrow::TimeUnit::type unit);
int DigitsOf(arrow::TimeUnit::type unit);

/// Whether the reference can show the day: the years -262143 to 262142.
bool IsShownDay(int64_t days);

/// "2024-05-01"; years before 0 and after 9999 have a sign.
std::string DateText(int64_t days);

/// "10:05:00" as a version, which drops fractions; "10:05:00.250" stored. Nothing for what is not
/// within one day.
std::optional<std::string> TimeText(int64_t ticks, arrow::TimeUnit::type unit, TextForm form);

/// "2024-05-01 06:00:00.250000-04:00" as a version, with the digits of the unit;
/// "2024-05-01T06:00:00.250-04:00" stored, with as many groups of three as are needed and Z for
/// no offset. Without `zone` the time is shown as it is. Nothing for days that cannot be shown.
std::optional<std::string> MomentText(int64_t ticks, arrow::TimeUnit::type unit,
                                      const TimeZone* zone, TextForm form);

/// "1 days 1 hours 1 mins 1.000005 secs".
std::string DurationText(int64_t ticks, arrow::TimeUnit::type unit);

}  // namespace metaxy::internal
