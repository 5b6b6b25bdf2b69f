// How often and when something is tried again that other writers got in the way of.
#pragma once

#include <chrono>
#include <random>

namespace metaxy::internal {

/// Pauses that grow and differ between writers, so that those who met once do not meet again. Used
/// by one thread.
class Retries {
 public:
  static constexpr int kMostAttempts = 40;

  Retries() : random_(std::random_device{}()) {}

  /// Waits; false, at once, if it has been tried often enough.
  bool Wait();
  /// Counts an attempt without a pause: what was in the way is gone.
  bool Count() {
    if (attempts_ == kMostAttempts) return false;
    ++attempts_;
    return true;
  }

  int attempts() const { return attempts_; }

 private:
  std::minstd_rand random_;
  std::chrono::milliseconds longest_{20};
  int attempts_ = 1;
};

}  // namespace metaxy::internal
