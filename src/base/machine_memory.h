// How much memory there is.
#pragma once

#include <cstdint>

namespace metaxy::internal {

/// Bytes of memory that this process may use: of the machine, or of its control group if that has
/// less.
int64_t MachineMemory();

/// The default memory limit of an operation: a quarter of the machine's memory.
int64_t DefaultMemoryLimit();

}  // namespace metaxy::internal
