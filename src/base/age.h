// Duration syntax: ages such as `7d`, as people write them.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <string_view>

#include "base/program_export.h"

namespace metaxy::internal {

/// "90s", "15m", "12h", "7d", "2w", or "0"; a whole number and its unit. InvalidInput otherwise.
METAXY_PROGRAM_EXPORT arrow::Result<std::chrono::seconds> ParseAge(std::string_view text);

}  // namespace metaxy::internal
