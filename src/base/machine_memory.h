// Memory detection: how much this process may use.
#pragma once

#include <cstdint>
#include <string>

namespace metaxy::internal {

/// Bytes of memory that this process may use: of the machine, or of its control group if that has
/// less. `root` is where files of the system are looked for, which tests set.
int64_t MachineMemory(const std::string& root = "");

/// The default memory limit of an operation: a quarter of the machine's memory.
int64_t DefaultMemoryLimit();

}  // namespace metaxy::internal
