#include "temporary_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// As std::filesystem::temp_directory_path() finds it, which does not say what it found if that is
// no directory.
std::filesystem::path StandardDirectory() {
  for (const char* variable : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"})
    if (const char* directory = std::getenv(variable)) return directory;
  return "/tmp";
}

}  // namespace

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
  // Not all file systems can make a file without a name; there it loses its name at once.
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
