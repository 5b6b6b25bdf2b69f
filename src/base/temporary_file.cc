#include "base/temporary_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// As found by std::filesystem::temp_directory_path(), whose error does not name the path if it is
// not a directory.
std::filesystem::path StandardDirectory() {
  for (const char* variable : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"})
    if (const char* directory = std::getenv(variable)) return directory;
  return "/tmp";
}

}  // namespace

namespace {

// A signal handler may neither allocate nor lock, so the paths are kept in arrays of a fixed size.
// Beyond the last slot a path is removed only by its destructor.
struct Slot {
  enum State : int { kFree, kBeingFilled, kUsed };
  std::atomic<int> state = kFree;
  std::array<char, PATH_MAX> path;
};

std::array<Slot, 32> slots;

constexpr int kNoSlot = -1;

int TakeSlot(const std::filesystem::path& path) {
  // The working directory may have changed when the signal arrives.
  std::error_code code;
  const std::string text = std::filesystem::absolute(path, code).string();
  if (code || text.size() >= PATH_MAX) return kNoSlot;
  for (size_t i = 0; i < slots.size(); ++i) {
    int expected = Slot::kFree;
    if (!slots[i].state.compare_exchange_strong(expected, Slot::kBeingFilled)) continue;
    std::copy(text.begin(), text.end(), slots[i].path.begin());
    slots[i].path[text.size()] = '\0';
    slots[i].state.store(Slot::kUsed);
    return static_cast<int>(i);
  }
  return kNoSlot;
}

void FreeSlot(int slot) {
  if (slot != kNoSlot) slots[static_cast<size_t>(slot)].state.store(Slot::kFree);
}

}  // namespace

TemporaryPath::TemporaryPath(std::filesystem::path path)
    : path_(std::move(path)), slot_(TakeSlot(path_)) {}

TemporaryPath::TemporaryPath(TemporaryPath&& other) noexcept
    : path_(std::move(other.path_)),
      slot_(std::exchange(other.slot_, kNoSlot)),
      owned_(std::exchange(other.owned_, false)) {}

TemporaryPath::~TemporaryPath() {
  if (!owned_) return;
  std::error_code code;
  std::filesystem::remove(path_, code);
  FreeSlot(slot_);
}

void TemporaryPath::Release() {
  FreeSlot(std::exchange(slot_, kNoSlot));
  owned_ = false;
}

void RemoveTemporaryPaths() noexcept {
  // A directory is registered before the files in it.
  for (size_t i = slots.size(); i-- > 0;) {
    if (slots[i].state.load() != Slot::kUsed) continue;
    if (::unlink(slots[i].path.data()) != 0) ::rmdir(slots[i].path.data());
  }
}

arrow::Status TemporaryFileError(std::string_view what, const std::filesystem::path& directory,
                                 int error, std::string_view remedy) {
  const ErrorCode code = error == EACCES || error == EPERM || error == EROFS
                             ? ErrorCode::kPermissionDenied
                         : error == ENOSPC || error == EDQUOT ? ErrorCode::kResourceExhausted
                                                              : ErrorCode::kIo;
  return MakeError(
      code, fmt::format(
                "cannot {} a temporary file in '{}'{}: {}; {}", what,
                (directory.empty() ? StandardDirectory() : directory).string(),
                directory.empty() && std::getenv("TMPDIR") != nullptr ? ", which TMPDIR names" : "",
                std::generic_category().message(error), remedy));
}

arrow::Result<int> OpenTemporaryFile(const std::filesystem::path& directory,
                                     std::string_view remedy) {
  const std::filesystem::path place = directory.empty() ? StandardDirectory() : directory;
  // Not all file systems support unnamed files; on those the file is unlinked immediately.
#ifdef O_TMPFILE
  const int nameless = ::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0) return nameless;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
    return TemporaryFileError("create", directory, errno, remedy);
#endif
  std::string path = (place / "metaxy-XXXXXX").string();
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return TemporaryFileError("create", directory, errno, remedy);
  ::unlink(path.c_str());
  return file;
}

}  // namespace metaxy::internal
