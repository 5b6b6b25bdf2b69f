// Temporary files that leave nothing behind.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string_view>

#include "base/program_export.h"

namespace metaxy::internal {

/// A new unnamed file in `directory` (the system's directory for temporary files if it is empty),
/// open for reading and writing: the system frees its space however the process ends. The caller
/// owns the descriptor. Fails as TemporaryFileError does.
METAXY_PROGRAM_EXPORT arrow::Result<int> OpenTemporaryFile(const std::filesystem::path& directory,
                                                           std::string_view remedy);

/// PermissionDenied, ResourceExhausted (the disk is full) or Io, for the system error `error` of
/// the operation `what` ("create", "write", "read"). `remedy` ends the message.
METAXY_PROGRAM_EXPORT arrow::Status TemporaryFileError(std::string_view what,
                                                       const std::filesystem::path& directory,
                                                       int error, std::string_view remedy);

/// A file or directory that must not outlive the operation that creates it: the destructor removes
/// it, and so does RemoveTemporaryPaths(). A directory is removed only if it is empty.
class METAXY_PROGRAM_EXPORT TemporaryPath {
 public:
  /// Call this before the file is created, so that a signal in between leaves nothing behind.
  explicit TemporaryPath(std::filesystem::path path);
  TemporaryPath(TemporaryPath&& other) noexcept;
  TemporaryPath& operator=(TemporaryPath&&) = delete;
  ~TemporaryPath();

  const std::filesystem::path& path() const { return path_; }
  /// From here on it is kept, or has been renamed.
  void Release();

 private:
  std::filesystem::path path_;
  int slot_;
  bool owned_ = true;
};

/// Removes everything registered by a TemporaryPath of this process. Safe in a signal handler; the
/// process is expected to end afterwards.
METAXY_PROGRAM_EXPORT void RemoveTemporaryPaths() noexcept;

}  // namespace metaxy::internal
