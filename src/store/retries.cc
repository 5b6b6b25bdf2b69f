#include "store/retries.h"

#include <algorithm>
#include <thread>

namespace metaxy::internal {
namespace {

constexpr std::chrono::milliseconds kLongestPause{1000};

}  // namespace

bool Retries::Wait() {
  if (!Count()) return false;
  std::uniform_int_distribution<int64_t> pause(1, longest_.count());
  std::this_thread::sleep_for(std::chrono::milliseconds(pause(random_)));
  longest_ = std::min(2 * longest_, kLongestPause);
  return true;
}

}  // namespace metaxy::internal
