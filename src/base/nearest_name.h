// Spelling suggestions: the known name closest to an unknown one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_export.h"

namespace metaxy {

/// \brief The candidate with the fewest edits to `name`, the first of several; `std::nullopt` if
/// none is close.
std::optional<std::string> NearestName(std::string_view name,
                                       const std::vector<std::string>& candidates);

/// \brief "; did you mean 'x'?" for the end of a message, or an empty string.
METAXY_PROGRAM_EXPORT std::string DidYouMean(std::string_view name,
                                             const std::vector<std::string>& candidates);

}  // namespace metaxy
