// Sizes as people write them.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// Bytes out of "512MiB", "2 GB", "1.5GiB" or "1000000": KB, MB, GB, TB count by 1000, KiB, MiB,
/// GiB, TiB by 1024, in either case. InvalidInput, saying how sizes are written, for all else.
arrow::Result<int64_t> ParseByteSize(std::string_view text);

/// "0 B", "3.9 KiB", "256.0 MiB".
std::string FormatBytes(int64_t bytes);

}  // namespace metaxy::internal
