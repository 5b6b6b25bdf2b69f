// Sizes and ages as people write them.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace metaxy {

/// \brief "90s", "15m", "12h", "7d", "2w", or "0"; a whole number and its unit. InvalidInput.
arrow::Result<std::chrono::seconds> ParseAge(std::string_view text);

/// \brief "1048576", "512KiB", "256MB", "2GiB": bytes, with decimal or binary units. InvalidInput.
arrow::Result<int64_t> ParseByteSize(std::string_view text);

/// \brief "0 B", "3.9 KiB", "256.0 MiB".
std::string FormatBytes(int64_t bytes);

}  // namespace metaxy
