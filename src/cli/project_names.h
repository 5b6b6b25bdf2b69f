// Completion candidates from a project and its stores.
#pragma once

#include "cli/completion.h"

namespace metaxy::cli {

/// \brief The names of the project in the working directory. A project that cannot be loaded has
/// none, and a store has little time to answer: errors or delays in the middle of a command line
/// would help nobody.
NameSources ProjectNames();

}  // namespace metaxy::cli
