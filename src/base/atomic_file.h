// Atomic file replacement: what a path names is replaced in one step, or written into if it is not
// a regular file.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/program_export.h"
#include "base/temporary_file.h"

namespace metaxy::internal {

/// \brief The output that a user names by a path.
///
/// A regular file is replaced: until Commit() its new content is in a temporary file beside it, and
/// uncommitted content is removed by the destructor, or by RemoveTemporaryPaths() after a signal.
/// Links are followed, also to a file that does not exist yet. An existing file keeps its mode and,
/// where the system allows it, its owner and group; other names of it (hard links) keep the old
/// content.
///
/// Pipes, devices and sockets are written to directly, and so are the descriptors of this process
/// that have names (/dev/stdout, /dev/fd/N), whatever they refer to. This cannot be undone.
class METAXY_PROGRAM_EXPORT OutputFile {
 public:
  /// Waits for a reader if `path` is a pipe. InvalidInput for a directory; PermissionDenied, also
  /// if a file is read-only but its directory is not; ResourceExhausted or Io. All name `path` and
  /// the system's reason.
  static arrow::Result<std::unique_ptr<OutputFile>> Open(const std::filesystem::path& path);
  /// Writes to a descriptor of the process, such as STDOUT_FILENO, which stays open. `name` is its
  /// name in messages.
  static arrow::Result<std::unique_ptr<OutputFile>> OfDescriptor(int descriptor,
                                                                 const std::filesystem::path& name);
  ~OutputFile();

  /// Open for writing; OutputFile closes it.
  int descriptor() const { return descriptor_; }

  /// \brief Closes the output and renames new content to the file's name. Must be called once.
  arrow::Status Commit();
  /// \brief The same; then content and name outlive a power failure, where the system can do that.
  arrow::Status CommitDurably();

 private:
  OutputFile() = default;

  struct Replacement {
    std::filesystem::path target;  // without links
    TemporaryPath temporary;
  };

  std::filesystem::path path_;  // as given, for messages
  int descriptor_ = -1;
  std::optional<Replacement> replacement_;
};

/// \brief Writes a file, which has its new content wholly or, after a failure, its old one; or
/// writes into what is not a regular file, as OutputFile does; durably. Several threads and
/// processes may write one file at the same time: the last one's content stays. PermissionDenied,
/// ResourceExhausted or Io, naming the file and the system's reason.
METAXY_PROGRAM_EXPORT arrow::Status WriteFileAtomically(const std::filesystem::path& path,
                                                        std::string_view text);

/// \brief "cannot write PATH: REASON" for the system error `error` (an errno): PermissionDenied,
/// ResourceExhausted or Io.
arrow::Status WriteFileError(const std::filesystem::path& path, int error);

/// \brief The reason alone, with the same codes.
METAXY_PROGRAM_EXPORT arrow::Status SystemError(int error);

/// \brief Writes all of `text`; waits if interrupted by signals or if a descriptor would block.
/// Returns 0 or errno.
METAXY_PROGRAM_EXPORT int WriteToDescriptor(int descriptor, std::string_view text);

}  // namespace metaxy::internal
