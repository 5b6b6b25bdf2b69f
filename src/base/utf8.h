// UTF-8 validation.
#pragma once

#include <string_view>

namespace metaxy {

/// \brief Whether these bytes are valid UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace metaxy
