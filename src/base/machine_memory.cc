#include "base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "base/control_group.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// A limit in a file of the control group: a number, or "max".
int64_t ReadLimit(const std::string& path) {
  std::ifstream file(path);
  int64_t bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : kUnlimited;
}

}  // namespace

int64_t MachineMemory(const std::string& root) {
  int64_t limit = kUnlimited;
  ForEachControlGroup("memory", root, [&](const std::string& directory, int version) {
    const char* const name = version == 2 ? "/memory.max" : "/memory.limit_in_bytes";
    limit = std::min(limit, ReadLimit(directory + name));
  });
  const int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGE_SIZE);
  return std::min(machine > 0 ? machine : kUnlimited, limit);
}

int64_t DefaultMemoryLimit() { return MachineMemory() / 4; }

}  // namespace metaxy::internal
