#include "cli/output/timestamp_text.h"

#include <fmt/chrono.h>

#include <ctime>

namespace metaxy::cli {

std::string TimestampText(int64_t microseconds) {
  constexpr int64_t kMicroseconds = 1000000;
  const int64_t seconds = microseconds / kMicroseconds - (microseconds % kMicroseconds < 0 ? 1 : 0);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace metaxy::cli
