// Version of the program and of what it is built with.
#pragma once

#include <string>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief The release of the Python package whose behaviour is matched.
inline constexpr const char* kReferenceRelease = "0.1.11";

/// \brief The version of the shapes of docs/reference/json.md. A member that is added does not
/// change it; one that is removed, renamed or of another type does.
inline constexpr int kJsonShapes = 1;

/// \brief What --version prints. `build_commit` may be empty.
std::string VersionText(std::string_view build_commit);

/// \brief The same as JSON, for --version --format json.
Json VersionJson(std::string_view build_commit);

}  // namespace metaxy::cli
