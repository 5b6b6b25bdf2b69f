#include "atomic_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;

arrow::Status Failure(const fs::path& path, int error) {
  ErrorCode code = ErrorCode::kIo;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kResourceExhausted;
  return MakeError(code, fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
}

// Returns 0 or errno.
int WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0 ? 0 : errno;
}

}  // namespace

arrow::Status WriteFileAtomically(const fs::path& path, std::string_view text) {
  std::error_code code;
  fs::path target = path;
  // What a link leads to need not exist yet.
  for (int links = 0; links < kMaxLinks && fs::is_symlink(target, code); ++links)
    target = target.parent_path() / fs::read_symlink(target, code);
  if (fs::is_directory(target, code)) return Failure(path, EISDIR);
  fs::path temporary =
      target.parent_path() / fmt::format(".{}.{}.tmp", target.filename().string(), getpid());
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return Failure(path, errno);
  int error = WriteAll(file, text);
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return arrow::Status::OK();
  fs::remove(temporary, code);
  return Failure(path, error);
}

}  // namespace metaxy::internal
