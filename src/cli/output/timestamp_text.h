// Timestamps for people, in UTC as in the store.
#pragma once

#include <cstdint>
#include <string>

namespace metaxy::cli {

/// \brief "2026-11-25 03:30:00", of microseconds since 1970.
std::string TimestampText(int64_t microseconds);

}  // namespace metaxy::cli
