// Files that leave nothing behind.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string_view>

namespace metaxy::internal {

/// A new file without a name in `directory` (the system's directory for temporary files if it is
/// empty), open for reading and writing: the system frees its space when the process ends in
/// whatever way. The caller owns the descriptor. Fails as TemporaryFileError does.
arrow::Result<int> OpenTemporaryFile(const std::filesystem::path& directory,
                                     std::string_view remedy);

/// PermissionDenied, ResourceExhausted (the disk is full) or Io, after `error` of the system that
/// made `what` ("create", "write", "read") fail. `remedy` ends the message.
arrow::Status TemporaryFileError(std::string_view what, const std::filesystem::path& directory,
                                 int error, std::string_view remedy);

}  // namespace metaxy::internal
