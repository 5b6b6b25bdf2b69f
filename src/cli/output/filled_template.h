// Text templates: names such as %TITLE% are replaced by values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metaxy::cli {

/// \brief The template with every %NAME% of `values` replaced, once: what values contain is not
/// looked at.
std::string Filled(std::string_view text,
                   const std::vector<std::pair<std::string_view, std::string>>& values);

}  // namespace metaxy::cli
