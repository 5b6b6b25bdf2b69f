// Byte size syntax: `512MiB`, as people write it.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/program_export.h"

namespace metaxy::internal {

/// Bytes from "512MiB", "2 GB", "1.5GiB" or "1000000": KB, MB, GB, TB are powers of 1000, KiB, MiB,
/// GiB, TiB of 1024, case-insensitive. InvalidInput, describing the syntax, otherwise.
METAXY_PROGRAM_EXPORT arrow::Result<int64_t> ParseByteSize(std::string_view text);

/// "0 B", "3.9 KiB", "256.0 MiB".
METAXY_PROGRAM_EXPORT std::string FormatBytes(int64_t bytes);

}  // namespace metaxy::internal
