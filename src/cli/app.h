// Entry point of the program: parses the command line, runs a command, reports what went wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief Runs the program with these arguments (without its own name) and returns its exit code.
/// No exception leaves it. `build_commit` is what --version shows; empty if it is not known.
int RunProgram(std::vector<std::string> arguments, Output* output,
               std::string_view build_commit = {});

}  // namespace metaxy::cli
