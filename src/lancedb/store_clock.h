// What time it is where a store is.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// How far this machine's clock is ahead of the one that dates the files of a store: that of the
/// file system, by a file that is gone at once, or of the HTTP server, by one request. None where
/// it is unknown, such as for a directory that cannot be written to.
std::optional<std::chrono::microseconds> AheadOfDirectory(const std::filesystem::path& directory);
arrow::Result<std::optional<std::chrono::milliseconds>> AheadOfServer(
    const LanceConnectOptions& options, std::chrono::milliseconds patience);

}  // namespace metaxy::internal
