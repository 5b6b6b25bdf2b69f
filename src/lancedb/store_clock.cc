#include "lancedb/store_clock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "lancedb/store_address.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// A file without a name, or with one that nobody else has and that is removed at once: not every
// file system knows the former.
int OpenTemporary(const std::filesystem::path& directory) {
  const int unnamed = open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (unnamed >= 0) return unnamed;
  std::string path = (directory / ".metaxy-clock-XXXXXX").string();
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

}  // namespace

std::optional<std::chrono::microseconds> AheadOfDirectory(const std::filesystem::path& directory) {
  const int file = OpenTemporary(directory);
  if (file < 0) return std::nullopt;
  // Written to, so that a server dates it, and not a cache of this machine.
  const bool written = write(file, "", 1) == 1 && fsync(file) == 0;
  struct stat status = {};
  const bool known = written && fstat(file, &status) == 0;
  const auto now = std::chrono::system_clock::now();
  close(file);
  if (!known) return std::nullopt;
  const auto stored = std::chrono::seconds(status.st_mtim.tv_sec) +
                      std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch() - stored);
}

arrow::Result<std::optional<std::chrono::milliseconds>> AheadOfServer(
    const LanceConnectOptions& options, std::chrono::milliseconds patience) {
  const std::optional<std::string> address = StoreAddress(options);
  if (!address) return std::nullopt;
  const auto ahead = LanceConnection::ClockSkew(*address, patience);
  if (IsError(ahead.status(), ErrorCode::kNotSupported)) return std::nullopt;
  ARROW_RETURN_NOT_OK(ahead.status());
  return *ahead;
}

}  // namespace metaxy::internal
