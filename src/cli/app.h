// Entry point of the program: parses the command line, runs a command, reports what went wrong.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace metaxy::cli {

/// \brief Runs the program with these arguments (without its own name) and returns its exit code.
/// No exception leaves it.
int RunProgram(std::vector<std::string> arguments, Output* output);

}  // namespace metaxy::cli
