// Shapes of JSON: the notation of docs/reference/json.md, and whether a value has one.
#pragma once

#include <string>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::testing {

/// \brief Empty if `value` has the shape; otherwise what differs, as "features[0].rows: ...". A
/// shape that cannot be read is a difference, too.
std::string ShapeDifference(std::string_view shape, const Json& value);

}  // namespace metaxy::testing
