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

/// A file or directory that must not outlive the operation that makes it: the destructor removes
/// it, and so does RemoveTemporaryPaths(). A directory is removed only if it is empty.
class TemporaryPath {
 public:
  /// Call this before the file is created, so that a signal in between leaves nothing.
  explicit TemporaryPath(std::filesystem::path path);
  TemporaryPath(TemporaryPath&& other) noexcept;
  TemporaryPath& operator=(TemporaryPath&&) = delete;
  ~TemporaryPath();

  const std::filesystem::path& path() const { return path_; }
  /// From here on it stays, or has another name.
  void Release();

 private:
  std::filesystem::path path_;
  int slot_;
  bool owned_ = true;
};

/// Removes everything that a TemporaryPath of this process stands for. Safe in a signal handler;
/// the process is expected to end afterwards.
void RemoveTemporaryPaths() noexcept;

}  // namespace metaxy::internal
