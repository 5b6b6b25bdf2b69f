// Control groups: the limits that Linux sets to a process and those around it, such as in a
// container.
#pragma once

#include <functional>
#include <string>

namespace metaxy::internal {

/// Calls `look` with the path of every directory of the process's control group of a controller,
/// its own first, then those above it, and with which version of the interface they have. Under
/// `root`, which tests set.
void ForEachControlGroup(
    const std::string& controller, const std::string& root,
    const std::function<void(const std::string& directory, int version)>& look);

}  // namespace metaxy::internal
