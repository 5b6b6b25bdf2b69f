// Progress bar on one line of the terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief The text of a progress line: "[#####-----]  50 %  500 of 1,000 rows read, 250/s, 2 s
/// left". Without `total` there is no bar and no remaining time; at the very beginning no rate
/// either.
std::string ProgressText(int64_t done, std::optional<int64_t> total, double seconds,
                         const std::string& what);

/// \brief Shows progress on a terminal, at most ten times a second. Not thread-safe.
class Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// \brief `what` is being done, as in "rows read".
  Progress(Output* output, std::string what, std::optional<int64_t> total,
           Clock clock = std::chrono::steady_clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Add(int64_t count);
  int64_t done() const { return done_; }

 private:
  Output* output_;
  std::string what_;
  std::optional<int64_t> total_;
  Clock clock_;
  std::chrono::steady_clock::time_point start_;
  std::optional<std::chrono::steady_clock::time_point> shown_;
  int64_t done_ = 0;
};

}  // namespace metaxy::cli
