// The options of object stores by their usual names, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

/// \brief The options that a store with this scheme ("s3") takes, each by one of its names, of
/// which there are more; empty for a scheme without options.
std::vector<std::string> StorageOptionNames(std::string_view scheme);

}  // namespace metaxy::internal
