// Shapes of what commands print with --format json.
#pragma once

#include <string_view>

namespace metaxy::cli {

/// \brief The shape of a command's JSON, by its full name; empty if it prints none.
const char* JsonShapeOf(std::string_view command);

}  // namespace metaxy::cli
