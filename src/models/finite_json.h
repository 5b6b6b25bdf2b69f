// Check for floats that JSON cannot express.
#pragma once

#include "metaxy/json.h"

namespace metaxy {

/// \brief The value with null for NaN and infinities, as pydantic writes them.
Json WithoutNonFinite(const Json& json);

}  // namespace metaxy
