// Names for completions that a project and its stores know.
#pragma once

#include "cli/completion.h"

namespace metaxy::cli {

/// \brief The names of the project in the working directory. One that cannot be loaded has none,
/// and a store has a moment to answer: to complain, or to be slow, in the middle of a command line
/// would help nobody.
NameSources ProjectNames();

}  // namespace metaxy::cli
