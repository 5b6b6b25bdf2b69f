// The moment that is written with rows.
#pragma once

#include <chrono>
#include <cstdint>

namespace metaxy::internal {

/// Microseconds since 1970, UTC.
inline int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace metaxy::internal
