#include "files/file_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/sha256.h"

namespace metaxy::internal {
namespace {

constexpr size_t kPiece = size_t{1} << 20;
constexpr int kAttempts = 3;
constexpr int64_t kNanoseconds = 1'000'000'000;

class Hasher {
 public:
  explicit Hasher(FileHash hash) : sha256_(hash == FileHash::kSha256) {
    if (sha256_) return;
    xxh3_.reset(XXH3_createState());
    if (xxh3_ == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh3_.get());
  }

  void Add(std::string_view bytes) {
    if (sha256_) {
      sha_.Update(bytes);
    } else {
      XXH3_128bits_update(xxh3_.get(), bytes.data(), bytes.size());
    }
  }

  std::string Finish() {
    if (sha256_) return "sha256:" + sha_.Finish();
    const XXH128_hash_t hash = XXH3_128bits_digest(xxh3_.get());
    return fmt::format("xxh128:{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  bool sha256_;
  Sha256 sha_;
  std::unique_ptr<XXH3_state_t, Free> xxh3_;
};

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

FileReading Problem(std::string reason) { return {std::nullopt, std::move(reason)}; }

FileReading Problem(int error) { return Problem(SystemError(error).message()); }

int64_t ModifiedAt(const struct stat& status) {
  return status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec;
}

bool IsSame(const struct stat& before, const struct stat& after) {
  return before.st_size == after.st_size && ModifiedAt(before) == ModifiedAt(after);
}

// The bytes of one reading, from the beginning; negative errno if one fails.
arrow::Result<int64_t> ReadAll(int file, Hasher* hasher,
                               const std::function<arrow::Status(int64_t)>& on_bytes) {
  thread_local std::vector<char> buffer(kPiece);
  int64_t total = 0;
  while (true) {
    const ssize_t size = pread(file, buffer.data(), buffer.size(), total);
    if (size < 0 && errno != EINTR) return -errno;
    // Also after a signal, which may want an end.
    ARROW_RETURN_NOT_OK(on_bytes(std::max<ssize_t>(size, 0)));
    if (size < 0) continue;
    if (size == 0) return total;
    hasher->Add({buffer.data(), static_cast<size_t>(size)});
    total += size;
  }
}

}  // namespace

std::string_view VersionPrefix(const ScanFilesOptions& options) {
  if (options.version_from == FileVersion::kModificationTime) return "mtime:";
  return options.hash == FileHash::kSha256 ? "sha256:" : "xxh128:";
}

int64_t Microseconds(int64_t nanoseconds) {
  constexpr int64_t kPerMicrosecond = 1000;
  const int64_t whole = nanoseconds / kPerMicrosecond;
  return whole - (nanoseconds % kPerMicrosecond < 0 ? 1 : 0);
}

std::string TimeVersion(int64_t size, int64_t modified_ns) {
  return fmt::format("mtime:{}:{}", size, Microseconds(modified_ns));
}

arrow::Result<FileReading> HashFile(const std::string& path, FileHash hash,
                                    const std::function<arrow::Status(int64_t)>& on_bytes) {
  // It may have become a pipe since it was listed.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.value() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return FileReading{};
    return Problem(errno);
  }
  struct stat before{};
  if (fstat(file.value(), &before) != 0) return Problem(errno);
  if (!S_ISREG(before.st_mode)) return Problem("is not a regular file any more");
  posix_fadvise(file.value(), 0, 0, POSIX_FADV_SEQUENTIAL);
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    Hasher hasher(hash);
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAll(file.value(), &hasher, on_bytes));
    if (read < 0) return Problem(static_cast<int>(-read));
    struct stat after{};
    if (fstat(file.value(), &after) != 0) return Problem(errno);
    if (IsSame(before, after) && read == after.st_size) {
      return FileReading{FileState{hasher.Finish(), after.st_size, ModifiedAt(after)},
                         std::nullopt};
    }
    before = after;
  }
  return Problem("changes while it is read; scan again when nobody writes to it");
}

}  // namespace metaxy::internal
