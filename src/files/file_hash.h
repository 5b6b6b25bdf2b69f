// Content hashes of files, and versions made of them.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/scan_files.h"

namespace metaxy::internal {

/// \brief The version of a file, and what it was made from.
struct FileState {
  std::string version;
  int64_t size = 0;
  int64_t modified_ns = 0;
};

/// \brief What versions of these options begin with, such as "xxh128:".
std::string_view VersionPrefix(const ScanFilesOptions& options);

/// \brief The version by size and modification time.
std::string TimeVersion(int64_t size, int64_t modified_ns);

/// \brief Microseconds since 1970, rounded down.
int64_t Microseconds(int64_t nanoseconds);

/// \brief A file that was read: its state, or why it has none. Neither if it has vanished.
struct FileReading {
  std::optional<FileState> state = std::nullopt;
  std::optional<std::string> problem = std::nullopt;
};

/// \brief Reads and hashes a regular file. A problem if it cannot be read, or changes again and
/// again while it is. `on_bytes` is told how many bytes each piece has; its failure is returned.
/// Safe from many threads; each allocates 1 MiB once.
arrow::Result<FileReading> HashFile(const std::string& path, FileHash hash,
                                    const std::function<arrow::Status(int64_t)>& on_bytes);

}  // namespace metaxy::internal
