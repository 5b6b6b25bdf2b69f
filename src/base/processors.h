// How many processors there are.
#pragma once

#include <string>

#include "base/program_export.h"

namespace metaxy::internal {

/// Processors that this process may use, at least 1: those that it may run on (taskset, cpusets),
/// or as many as the quota of its control group is worth, rounded up, if that is fewer. `root` is
/// where files of the system are looked for, which tests set.
METAXY_PROGRAM_EXPORT int Processors(const std::string& root = "");

}  // namespace metaxy::internal
