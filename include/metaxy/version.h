// The version of the library.
#pragma once

#include <string_view>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Such as "0.1.0".
METAXY_EXPORT std::string_view Version();

}  // namespace metaxy
