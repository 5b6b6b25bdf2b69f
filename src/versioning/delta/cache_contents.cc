#include "versioning/delta/cache_contents.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "versioning/delta/checkpoint_cache.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;
using Kind = UselessFile::Kind;

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsHex(std::string_view text) {
  return text.size() == CheckpointCache::kNameLength &&
         text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

arrow::Status CannotRead(const fs::path& path, int error) {
  return SystemError(error).WithMessage("cannot read ", path.string(), ": ", std::strerror(error));
}

struct File {
  fs::path path;
  int64_t bytes = 0;
  int64_t last_used = 0;
  bool regular = false;
};

// The files of a directory; those that others remove meanwhile are left out.
arrow::Result<std::vector<File>> FilesIn(const fs::path& directory) {
  std::vector<File> files;
  std::error_code code;
  fs::directory_iterator it(directory, code);
  if (code) return CannotRead(directory, code.value());
  for (const fs::directory_iterator end; it != end; it.increment(code)) {
    if (code) return CannotRead(directory, code.value());
    struct stat status{};
    if (lstat(it->path().c_str(), &status) != 0) continue;
    files.push_back({it->path(), status.st_size, status.st_mtim.tv_sec, S_ISREG(status.st_mode)});
  }
  return files;
}

// One store's directory.
class Lister {
 public:
  Lister(bool verify, CacheContents* contents) : verify_(verify), contents_(contents) {}

  void Add(std::vector<File> files) {
    std::map<std::string, File> runs;
    for (File& file : files) {
      contents_->bytes += file.bytes;
      const std::string name = file.path.filename().string();
      if (const size_t dot = name.find('.'); dot == CheckpointCache::kNameLength)
        companions_[name.substr(0, dot)].push_back({file.path, file.bytes});
      if (!file.regular || !IsHex(std::string_view(name).substr(0, CheckpointCache::kNameLength))) {
        AddUseless(file, Kind::kForeign);
      } else if (name.size() == CheckpointCache::kNameLength) {
        checkpoints_.push_back(std::move(file));
      } else if (name.ends_with(CheckpointCache::kRunSuffix)) {
        runs.emplace(name, std::move(file));
      } else {
        // "NAME.XXXXXX": a checkpoint that was not written to its end.
        AddUseless(file, Kind::kLeftOver);
      }
    }
    for (const File& file : checkpoints_) AddCheckpoint(file, &runs);
    for (const auto& [name, file] : runs) AddUseless(file, Kind::kLeftOver);
  }

 private:
  void AddUseless(const File& file, Kind kind) {
    contents_->useless.push_back({{file.path, file.bytes}, kind});
  }

  void AddCheckpoint(const File& file, std::map<std::string, File>* runs) {
    bool other_release = false;
    const std::optional<Checkpoint> checkpoint = CheckpointCache::Peek(file.path, &other_release);
    if (!checkpoint) return AddUseless(file, other_release ? Kind::kOtherRelease : Kind::kDamaged);
    CachedAnswer answer{.checkpoint = {file.path, file.bytes},
                        .store = checkpoint->store,
                        .subject = checkpoint->subject,
                        .is_count = checkpoint->is_count,
                        .files = 1,
                        .bytes = file.bytes,
                        .last_used = file.last_used,
                        .has_keys = checkpoint->keys.has_value(),
                        .companions = std::move(companions_[file.path.filename().string()])};
    for (const TableState& table : checkpoint->tables) {
      for (const FragmentState& fragment : table.fragments)
        answer.rows += std::max<int64_t>(fragment.rows, 0);
    }
    if (answer.is_count) answer.rows = checkpoint->counts.new_samples;
    if (checkpoint->keys) {
      for (const auto& table : checkpoint->keys->runs) {
        for (const CheckpointKeys::Run& run : table) AddRun(file.path, run, runs, &answer);
      }
    }
    contents_->answers.push_back(std::move(answer));
  }

  void AddRun(const fs::path& checkpoint, const CheckpointKeys::Run& run,
              std::map<std::string, File>* runs, CachedAnswer* answer) {
    const fs::path path = CheckpointCache::RunPath(checkpoint, run.name);
    const auto found = runs->find(path.filename().string());
    if (found == runs->end()) {
      answer->has_keys = false;
      return;
    }
    ++answer->files;
    answer->bytes += found->second.bytes;
    const auto file = KeyRunFile::Open(path, run.digest, /*is_use=*/false);
    if (!file || (verify_ && !file->Verify())) {
      answer->has_keys = false;
      AddUseless(found->second, Kind::kDamaged);
    }
    runs->erase(found);
  }

  bool verify_;
  CacheContents* contents_;
  std::vector<File> checkpoints_;
  std::map<std::string, std::vector<CacheFile>> companions_;  // by the name of the checkpoint
};

// Removes files, each once.
class Remover {
 public:
  explicit Remover(bool dry_run) : dry_run_(dry_run) {}

  arrow::Status Remove(const CacheFile& file) {
    if (!seen_.insert(file.path).second) return arrow::Status::OK();
    std::error_code code;
    if (!dry_run_ && !fs::remove(file.path, code)) {
      if (!code) return arrow::Status::OK();
      return SystemError(code.value())
          .WithMessage("cannot remove ", file.path.string(), ": ", code.message());
    }
    ++cleared.files;
    cleared.bytes += file.bytes;
    return arrow::Status::OK();
  }

  // Directories that are empty now; others may be about to write into them.
  void RemoveDirectories() const {
    if (dry_run_) return;
    std::set<fs::path> directories;
    for (const fs::path& path : seen_) directories.insert(path.parent_path());
    for (const fs::path& path : directories) {
      std::error_code code;
      fs::remove(path, code);
    }
  }

  ClearedCache cleared;

 private:
  bool dry_run_;
  std::set<fs::path> seen_;
};

}  // namespace

std::optional<fs::path> CacheContents::Directory() {
  const std::optional<CheckpointCache> cache = CheckpointCache::OfUser();
  if (!cache) return std::nullopt;
  return cache->directory();
}

int64_t CacheContents::Limit() { return static_cast<int64_t>(CheckpointCache::kMostBytes); }

arrow::Result<CacheContents> ListCache(const fs::path& directory, bool verify) {
  CacheContents contents;
  struct stat status{};
  if (stat(directory.c_str(), &status) != 0) {
    if (errno == ENOENT) return contents;
    return CannotRead(directory, errno);
  }
  contents.is_shared = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  ARROW_ASSIGN_OR_RAISE(const std::vector<File> stores, FilesIn(directory));
  for (const File& store : stores) {
    std::error_code code;
    if (!IsHex(store.path.filename().string()) || fs::is_symlink(store.path, code) ||
        !fs::is_directory(store.path, code)) {
      contents.bytes += store.bytes;
      contents.useless.push_back({{store.path, store.bytes}, Kind::kForeign});
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<File> files, FilesIn(store.path));
    Lister(verify, &contents).Add(std::move(files));
  }
  std::sort(contents.answers.begin(), contents.answers.end(), [](const auto& a, const auto& b) {
    return std::pair(-a.last_used, a.checkpoint.path) < std::pair(-b.last_used, b.checkpoint.path);
  });
  std::sort(contents.useless.begin(), contents.useless.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return contents;
}

arrow::Result<ClearedCache> ClearCache(const fs::path& directory,
                                       const std::optional<std::string>& store, bool dry_run) {
  ARROW_ASSIGN_OR_RAISE(const CacheContents contents, ListCache(directory, /*verify=*/false));
  Remover remover(dry_run);
  for (const CachedAnswer& answer : contents.answers) {
    if (store && answer.store != *store) continue;
    ++remover.cleared.answers;
    // With the checkpoint last: whatever is left without it is left over.
    for (const CacheFile& file : answer.companions) ARROW_RETURN_NOT_OK(remover.Remove(file));
    ARROW_RETURN_NOT_OK(remover.Remove(answer.checkpoint));
  }
  for (const UselessFile& file : contents.useless) {
    if (!store && file.kind != Kind::kForeign) ARROW_RETURN_NOT_OK(remover.Remove(file));
  }
  remover.RemoveDirectories();
  return remover.cleared;
}

}  // namespace metaxy::internal
