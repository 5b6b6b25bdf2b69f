// The table of time zones that is compiled in: time_zones.txt.
#pragma once

#include <string_view>

namespace metaxy::internal {

/// A line for all zones that are the same: their names with blanks between them, a tab, their
/// offsets in seconds with commas between them, a tab, and the changes one after the other: the
/// seconds since the change before (the first one: since kFirstSecond) in base 36, then a capital
/// letter, A for the first of the offsets. Made by capture_time_zones.py.
extern const std::string_view kTimeZoneTable;

/// Before it the first offset holds everywhere.
constexpr long long kFirstSecond = -4'600'000'000;

}  // namespace metaxy::internal
