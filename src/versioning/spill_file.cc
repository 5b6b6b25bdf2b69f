#include "versioning/spill_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// A file without a name. Not all file systems can make one; there it loses its name at once.
int OpenNameless(const std::string& directory) {
  int file = -1;
#ifdef O_TMPFILE
  file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
#endif
  std::string path = directory + "/metaxy-XXXXXX";
  file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) ::unlink(path.c_str());
  return file;
}

}  // namespace

SpillFile::~SpillFile() {
  if (file_ >= 0) ::close(file_);
}

arrow::Status SpillFile::Failure(const char* what, int error) const {
  const ErrorCode code = error == EACCES || error == EPERM || error == EROFS
                             ? ErrorCode::kPermissionDenied
                         : error == ENOSPC || error == EDQUOT ? ErrorCode::kResourceExhausted
                                                              : ErrorCode::kIo;
  return MakeError(
      code, fmt::format("cannot {} a temporary file in '{}' for rows that exceed the memory limit: "
                        "{}; choose another spill directory, or raise the memory limit",
                        what, directory_.string(), std::generic_category().message(error)));
}

arrow::Status SpillFile::Open() {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  if (file_ >= 0) return arrow::Status::OK();
  if (directory_.empty()) {
    std::error_code error;
    directory_ = std::filesystem::temp_directory_path(error);
    if (error) return Failure("create", error.value());
  }
  const int file = OpenNameless(directory_.string());
  if (file < 0) return Failure("create", errno);
  file_ = file;
  return arrow::Status::OK();
}

arrow::Result<SpillExtent> SpillFile::Write(std::string_view bytes) {
  if (file_ < 0) ARROW_RETURN_NOT_OK(Open());
  const SpillExtent extent{size_.fetch_add(bytes.size()), bytes.size()};
  uint64_t offset = extent.offset;
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failure("write", errno);
    offset += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return extent;
}

arrow::Result<std::string> SpillFile::Read(const SpillExtent& extent) const {
  std::string bytes(extent.size, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t read = ::pread(file_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(extent.offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return Failure("read", read < 0 ? errno : EIO);
    done += static_cast<size_t>(read);
  }
  return bytes;
}

}  // namespace metaxy::internal
