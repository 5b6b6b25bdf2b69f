#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <thread>

#include "base/control_group.h"

namespace metaxy::internal {
namespace {

// std::thread::hardware_concurrency() counts what is online, whoever may use it.
int AllowedProcessors() {
  constexpr int kMost = 1 << 16;
  for (int size = 1024; size <= kMost; size *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(
        CPU_ALLOC(size), [](cpu_set_t* allocated) { CPU_FREE(allocated); });
    if (!set) break;
    // Too small a set for this machine's processors is refused.
    if (sched_getaffinity(0, CPU_ALLOC_SIZE(size), set.get()) == 0)
      return CPU_COUNT_S(CPU_ALLOC_SIZE(size), set.get());
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

// Processors that `quota` microseconds in each `period` are worth; none if they are not a limit.
void Lower(int* processors, int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return;
  *processors = static_cast<int>(std::min<int64_t>(*processors, (quota + period - 1) / period));
}

}  // namespace

int Processors(const std::string& root) {
  int processors = AllowedProcessors();
  ForEachControlGroup("cpu", root, [&](const std::string& directory, int version) {
    int64_t quota = 0;  // "max" and -1 mean no limit
    int64_t period = 0;
    if (version == 2) {
      std::ifstream file(directory + "/cpu.max");
      if (file >> quota >> period) Lower(&processors, quota, period);
      return;
    }
    std::ifstream quota_file(directory + "/cpu.cfs_quota_us");
    std::ifstream period_file(directory + "/cpu.cfs_period_us");
    if (quota_file >> quota && period_file >> period) Lower(&processors, quota, period);
  });
  return std::max(processors, 1);
}

}  // namespace metaxy::internal
