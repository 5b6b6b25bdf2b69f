// Clock: the timestamp that is written with rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace metaxy::internal {

/// Microseconds since 1970, UTC.
int64_t NowMicros();

/// "2026-11-30 14:02:03 UTC".
std::string MicrosText(int64_t micros);

/// While it lives, the calling thread takes another time for that of the clock: for tests.
class PretendedClock {
 public:
  explicit PretendedClock(std::chrono::microseconds ahead);
  ~PretendedClock();
  PretendedClock(const PretendedClock&) = delete;
  PretendedClock& operator=(const PretendedClock&) = delete;

 private:
  std::chrono::microseconds before_;
};

}  // namespace metaxy::internal
