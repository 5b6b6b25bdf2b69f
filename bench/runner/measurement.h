// The result of one measurement.
#pragma once

#include <arrow/result.h>
#include <metaxy/json.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace metaxy::bench {

struct Measurement {
  double seconds = 0;
  std::map<std::string, int64_t> counts;  ///< equal for all engines that do the same
  /// Of what it has remembered, where that was asked for.
  std::optional<int64_t> cache_bytes = std::nullopt;

  /// Includes the peak resident memory of this process.
  arrow::Result<Json> ToJson() const;
};

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace metaxy::bench
