#include "versioning/summary/spill_file.h"

#include <unistd.h>

#include <cerrno>

#include "base/temporary_file.h"

namespace metaxy::internal {
namespace {

constexpr std::string_view kRemedy =
    "rows that exceed the memory limit go there: choose another spill directory, or raise the "
    "limit";

}  // namespace

SpillFile::~SpillFile() {
  if (file_ >= 0) ::close(file_);
}

arrow::Status SpillFile::Open() {
  const std::lock_guard<std::mutex> lock(open_mutex_);
  if (file_ >= 0) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(file_, OpenTemporaryFile(directory_, kRemedy));
  return arrow::Status::OK();
}

arrow::Result<SpillExtent> SpillFile::Write(std::span<const std::string_view> pieces) {
  if (file_ < 0) ARROW_RETURN_NOT_OK(Open());
  uint64_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  const SpillExtent extent{size_.fetch_add(size), size};
  uint64_t offset = extent.offset;
  for (const std::string_view piece : pieces) {
    ARROW_RETURN_NOT_OK(WriteAt(piece, offset));
    offset += piece.size();
  }
  return extent;
}

arrow::Status SpillFile::WriteAt(std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return TemporaryFileError("write", directory_, errno, kRemedy);
    offset += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return arrow::Status::OK();
}

arrow::Result<std::string> SpillFile::Read(const SpillExtent& extent) const {
  std::string bytes(extent.size, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t read = ::pread(file_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(extent.offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return TemporaryFileError("read", directory_, read < 0 ? errno : EIO, kRemedy);
    done += static_cast<size_t>(read);
  }
  return bytes;
}

}  // namespace metaxy::internal
