#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;
constexpr mode_t kModeBits = 07777;

// What a path refers to: a name without links, or a descriptor of this process.
struct Target {
  fs::path path;
  std::optional<int> descriptor;
};

std::optional<int> DescriptorNamed(const fs::path& path) {
  std::error_code code;
  const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", code);
  if (code || folder != fs::canonical("/proc/self/fd", code) || code) return std::nullopt;
  const std::string name = path.filename().string();
  int descriptor = -1;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), descriptor);
  if (failure != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return descriptor;
}

Target FollowLinks(fs::path path) {
  std::error_code code;
  for (int links = 0;; ++links) {
    // The link of a descriptor must not be followed: its content need not be a path.
    if (const std::optional<int> descriptor = DescriptorNamed(path))
      return {std::move(path), descriptor};
    if (links == kMaxLinks || !fs::is_symlink(path, code)) return {std::move(path), std::nullopt};
    path = path.parent_path() / fs::read_symlink(path, code);
  }
}

// Names of other calls, of this process or another one, on this machine or another one, must not
// collide; and the name itself must fit, as file systems allow 255 bytes.
fs::path TemporaryNameOf(const fs::path& target) {
  constexpr size_t kLongest = 200;
  static std::atomic<uint32_t> calls = 0;
  return target.parent_path() / fmt::format(".{}.{}-{}-{:08x}.tmp",
                                            target.filename().string().substr(0, kLongest),
                                            getpid(), ++calls, std::random_device()());
}

// A new name is there after a power failure only if its directory was written. What cannot write a
// directory has no need to.
int SyncDirectory(const fs::path& directory) {
  const int descriptor =
      open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // A directory may be one that this user may not read.
  if (descriptor < 0) return errno == EACCES || errno == EPERM ? 0 : errno;
  const int error = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return error == EINVAL || error == EROFS || error == ENOTSUP ? 0 : error;
}

// Owner first: changing it clears some bits of the mode.
void TakeOver(const struct stat& old, int descriptor) {
  struct stat now{};
  mode_t mode = old.st_mode & kModeBits;
  if (fstat(descriptor, &now) == 0 && (now.st_uid != old.st_uid || now.st_gid != old.st_gid)) {
    const bool owner = fchown(descriptor, old.st_uid, old.st_gid) == 0;
    const bool group = owner || fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) == 0;
    // A different owner or group must not gain more rights than the file allowed.
    if (!owner) mode &= static_cast<mode_t>(~(S_ISUID | S_ISGID));
    if (!group) mode = (mode & static_cast<mode_t>(~S_IRWXG)) | ((mode & S_IRWXO) << 3);
  }
  static_cast<void>(fchmod(descriptor, mode));
}

// Returns a descriptor, or the negative errno.
int Connect(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  const int error = errno;
  close(descriptor);
  return -error;
}

// "No such file" of a file that is to be made means its directory.
arrow::Status CreateFileError(const fs::path& path, const fs::path& target, int error) {
  const fs::path directory = target.parent_path();
  std::error_code code;
  if (error != ENOENT || directory.empty() || fs::exists(directory, code))
    return WriteFileError(path, error);
  return MakeError(ErrorCode::kIo,
                   fmt::format("cannot write {}: there is no directory {}; create it, or name "
                               "another file",
                               path.string(), Quote(directory.string())));
}

// The same for outputs that are written to directly.
int OpenExisting(const fs::path& path, bool is_socket) {
  if (is_socket) return Connect(path);
  const int descriptor = open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

}  // namespace

arrow::Status SystemError(int error) {
  ErrorCode code = ErrorCode::kIo;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kResourceExhausted;
  return MakeError(code, std::strerror(error));
}

arrow::Status WriteFileError(const fs::path& path, int error) {
  const arrow::Status reason = SystemError(error);
  return MakeError(GetErrorCode(reason),
                   fmt::format("cannot write {}: {}", path.string(), reason.message()));
}

int WriteToDescriptor(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (written < 0 && errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

arrow::Result<std::unique_ptr<OutputFile>> OutputFile::Open(const fs::path& path) {
  std::unique_ptr<OutputFile> file(new OutputFile);
  file->path_ = path;
  Target target = FollowLinks(path);
  std::error_code code;
  if (!target.descriptor && fs::is_symlink(target.path, code)) return WriteFileError(path, ELOOP);
  struct stat old{};
  const bool exists = stat(target.path.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("cannot write {}: it is a directory", path.string()));
  }
  if (target.descriptor) return OfDescriptor(*target.descriptor, path);
  if (exists && !S_ISREG(old.st_mode)) {
    file->descriptor_ = OpenExisting(target.path, S_ISSOCK(old.st_mode));
    if (file->descriptor_ < 0) return WriteFileError(path, -file->descriptor_);
    return file;
  }
  // A user who may not write the file may not replace it either, even if its directory would allow
  // it.
  if (exists && access(target.path.c_str(), W_OK) != 0) return WriteFileError(path, errno);
  TemporaryPath temporary(TemporaryNameOf(target.path));
  file->descriptor_ = open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           exists ? S_IRUSR | S_IWUSR : 0666);
  if (file->descriptor_ < 0) return CreateFileError(path, target.path, errno);
  if (exists) TakeOver(old, file->descriptor_);
  file->replacement_.emplace(Replacement{std::move(target.path), std::move(temporary)});
  return file;
}

arrow::Result<std::unique_ptr<OutputFile>> OutputFile::OfDescriptor(int descriptor,
                                                                    const fs::path& name) {
  std::unique_ptr<OutputFile> file(new OutputFile);
  file->path_ = name;
  file->descriptor_ = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (file->descriptor_ < 0) return WriteFileError(name, errno);
  return file;
}

arrow::Status OutputFile::CommitDurably() {
  // Pipes and devices know no fsync.
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
    return WriteFileError(path_, errno);
  ARROW_RETURN_NOT_OK(Commit());
  const int error = replacement_ ? SyncDirectory(replacement_->target.parent_path()) : 0;
  return error == 0 ? arrow::Status::OK() : WriteFileError(path_, error);
}

arrow::Status OutputFile::Commit() {
  // Some file systems report a full disk only here.
  if (close(std::exchange(descriptor_, -1)) != 0) return WriteFileError(path_, errno);
  if (!replacement_) return arrow::Status::OK();
  if (rename(replacement_->temporary.path().c_str(), replacement_->target.c_str()) != 0)
    return WriteFileError(path_, errno);
  replacement_->temporary.Release();
  return arrow::Status::OK();
}

arrow::Status WriteFileAtomically(const fs::path& path, std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<OutputFile> file, OutputFile::Open(path));
  const int error = WriteToDescriptor(file->descriptor(), text);
  if (error != 0) return WriteFileError(path, error);
  return file->CommitDurably();
}

}  // namespace metaxy::internal
