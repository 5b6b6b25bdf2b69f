// Quoting of user input in messages.
#pragma once

#include <string>
#include <string_view>

#include "base/program_export.h"

namespace metaxy {

/// \brief `'text'`, on one line and of limited length: control characters and invalid UTF-8 bytes
/// are escaped, the middle of a long text is omitted.
METAXY_PROGRAM_EXPORT std::string Quote(std::string_view text);

}  // namespace metaxy
