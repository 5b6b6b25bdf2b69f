/// \file
/// \brief Where a test finds the checkout, the build tree and the program.
#pragma once

#include <string>

namespace metaxy::testing {

/// \brief The root of the checkout.
std::string SourceDir();

/// \brief The build tree.
std::string BinaryDir();

/// \brief The program `metaxy`; empty where the build leaves the program out.
std::string ProgramPath();

}  // namespace metaxy::testing
