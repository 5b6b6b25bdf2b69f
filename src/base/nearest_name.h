// What the user probably meant: the known name that is closest to one that is not known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy {

/// \brief The candidate with the fewest edits to `name`, the first one of equals; nothing if none
/// is close.
std::optional<std::string> NearestName(std::string_view name,
                                       const std::vector<std::string>& candidates);

/// \brief "; did you mean 'x'?" for the end of a message, or nothing.
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace metaxy
