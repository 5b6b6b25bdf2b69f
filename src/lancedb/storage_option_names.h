// The options of object stores by their usual names, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// \brief The options of a store with this scheme ("s3"), each under one of its several names;
/// empty for a scheme without options.
std::vector<std::string> StorageOptionNames(std::string_view scheme);

}  // namespace metaxy::internal
