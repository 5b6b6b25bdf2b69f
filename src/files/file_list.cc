#include "files/file_list.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "files/file_filter.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIgnoreFile = ".metaxyignore";
constexpr int64_t kFilesPerReport = 1024;
constexpr int64_t kNanoseconds = 1'000'000'000;

using FileId = std::pair<dev_t, ino_t>;

FileId IdOf(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// A folder that is being listed, and those that it was reached through.
struct OpenFolder {
  const OpenFolder* above;
  FileId id;
};

bool IsLoop(const OpenFolder* folder, const FileId& id) {
  for (; folder != nullptr; folder = folder->above)
    if (folder->id == id) return true;
  return false;
}

// The names in a folder; errno of what fails.
int ReadNames(const std::string& path, std::vector<std::string>* names) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (folder == nullptr) return errno;
  for (errno = 0; const dirent* entry = readdir(folder.get()); errno = 0) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names->emplace_back(name);
  }
  return errno;
}

// The path, if it is UTF-8; otherwise with its bytes beyond ASCII as "\xff".
std::string Printable(const std::string& path) {
  if (IsUtf8(path)) return path;
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x80 ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

class Lister {
 public:
  Lister(std::string root, const ScanFilesOptions& options, const Interrupt& interrupt,
         const std::function<arrow::Status(int64_t)>& on_count)
      : root_(std::move(root)),
        filter_(options.include, options.exclude, options.hidden),
        follow_links_(options.follow_links),
        interrupt_(interrupt),
        on_count_(on_count) {
    for (const fs::path& path : options.skip) {
      struct stat status{};
      if (stat(path.c_str(), &status) == 0) skipped_.push_back(IdOf(status));
    }
  }

  // `folder` is empty or ends with a slash. The failure of the scanned folder itself is returned.
  arrow::Status List(const std::string& folder, const OpenFolder& place,
                     const std::shared_ptr<const IgnoreFiles>& above) {
    ARROW_RETURN_NOT_OK(interrupt_.Check("listing files"));
    std::vector<std::string> names;
    if (const int error = ReadNames(root_ + folder, &names); error != 0) {
      const arrow::Status failure = SystemError(error);
      if (!folder.empty()) return AddProblem(folder, "cannot be listed: " + failure.message());
      return WithContext(failure, fmt::format("cannot list the folder {}", Quote(root_)));
    }
    std::shared_ptr<const IgnoreFiles> ignored = above;
    if (std::find(names.begin(), names.end(), kIgnoreFile) != names.end())
      ignored = ReadIgnoreFile(folder, above);
    for (const std::string& name : names) ARROW_RETURN_NOT_OK(Look(folder + name, place, ignored));
    return arrow::Status::OK();
  }

  FileList Finish() {
    const auto by_id = [](const ListedFile& a, const ListedFile& b) { return a.id < b.id; };
    std::sort(list_.files.begin(), list_.files.end(), by_id);
    return std::move(list_);
  }

 private:
  std::shared_ptr<const IgnoreFiles> ReadIgnoreFile(
      const std::string& folder, const std::shared_ptr<const IgnoreFiles>& above) {
    std::ifstream file(root_ + folder + kIgnoreFile, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad() || !file.is_open()) {
      static_cast<void>(AddProblem(folder + kIgnoreFile, "cannot be read, and ignores nothing"));
      return above;
    }
    return std::make_shared<IgnoreFiles>(IgnoreFiles{above, folder, ParseIgnoreFile(text)});
  }

  arrow::Status Look(const std::string& path, const OpenFolder& place,
                     const std::shared_ptr<const IgnoreFiles>& ignored) {
    struct stat status{};
    const std::string whole = root_ + path;
    if (lstat(whole.c_str(), &status) != 0) {
      const int error = errno;
      if (error == ENOENT || filter_.IsExcluded(path, false, ignored.get()))
        return arrow::Status::OK();
      return AddProblem(path, SystemError(error).message());
    }
    const bool is_link = S_ISLNK(status.st_mode);
    if (is_link && stat(whole.c_str(), &status) != 0) {
      const int error = errno;
      if (filter_.IsExcluded(path, false, ignored.get()) || !filter_.IsIncluded(path))
        return arrow::Status::OK();
      return AddProblem(path, error == ENOENT ? "is a link to what does not exist"
                                              : SystemError(error).message());
    }
    const bool is_folder = S_ISDIR(status.st_mode);
    if (!is_folder && !S_ISREG(status.st_mode)) return arrow::Status::OK();
    if (filter_.IsExcluded(path, is_folder, ignored.get()) || IsSkipped(status))
      return arrow::Status::OK();
    if (!is_folder) return AddFile(path, status);
    if (is_link && (!follow_links_ || IsLoop(&place, IdOf(status)))) {
      ++list_.links_skipped;
      return arrow::Status::OK();
    }
    return List(path + '/', {&place, IdOf(status)}, ignored);
  }

  arrow::Status AddFile(const std::string& path, const struct stat& status) {
    if (!filter_.IsIncluded(path)) return arrow::Status::OK();
    if (!IsUtf8(path)) {
      return AddProblem(path, "has a name that is not UTF-8, and cannot be an id; rename it");
    }
    list_.files.push_back(
        {path, status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec});
    const auto count = static_cast<int64_t>(list_.files.size());
    return count % kFilesPerReport == 0 ? on_count_(count) : arrow::Status::OK();
  }

  bool IsSkipped(const struct stat& status) const {
    return std::find(skipped_.begin(), skipped_.end(), IdOf(status)) != skipped_.end();
  }

  arrow::Status AddProblem(std::string path, std::string text) {
    if (path.ends_with('/')) path.pop_back();
    list_.problems.push_back({Printable(path), std::move(text)});
    return arrow::Status::OK();
  }

  std::string root_;
  FileFilter filter_;
  bool follow_links_;
  const Interrupt& interrupt_;
  const std::function<arrow::Status(int64_t)>& on_count_;
  std::vector<FileId> skipped_;
  FileList list_;
};

}  // namespace

arrow::Status CheckFolder(const fs::path& folder) {
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("there is no folder {}; check its name", Quote(folder.string())));
    }
    return WithContext(SystemError(error),
                       fmt::format("cannot look into {}", Quote(folder.string())));
  }
  if (!S_ISDIR(status.st_mode)) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} is not a folder; name the one that it is in, and select it "
                                 "with a pattern",
                                 Quote(folder.string())));
  }
  return arrow::Status::OK();
}

arrow::Result<FileList> ListFiles(const fs::path& folder, const ScanFilesOptions& options,
                                  const Interrupt& interrupt,
                                  const std::function<arrow::Status(int64_t)>& on_count) {
  ARROW_RETURN_NOT_OK(CheckFolder(folder));
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0)
    return WithContext(SystemError(errno),
                       fmt::format("cannot look into {}", Quote(folder.string())));
  std::string root = folder.string();
  if (!root.ends_with('/')) root += '/';
  Lister lister(std::move(root), options, interrupt, on_count);
  ARROW_RETURN_NOT_OK(lister.List("", {nullptr, IdOf(status)}, nullptr));
  return lister.Finish();
}

}  // namespace metaxy::internal
