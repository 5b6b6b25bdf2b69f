// Manual page, generated from the command table.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

/// \brief metaxy(1) in the man macros of roff.
std::string ManualPage(const std::vector<CommandSpec>& commands);

}  // namespace metaxy::cli
