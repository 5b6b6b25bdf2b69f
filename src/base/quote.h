// Values of users in messages.
#pragma once

#include <string>
#include <string_view>

namespace metaxy {

/// \brief `'text'`, on one line and not endless: control characters and bytes that are not UTF-8
/// are escaped, the middle of a long text is left out.
std::string Quote(std::string_view text);

}  // namespace metaxy
