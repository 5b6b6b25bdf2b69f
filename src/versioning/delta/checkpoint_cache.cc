#include "versioning/delta/checkpoint_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/random_id.h"
#include "base/sha256.h"
#include "base/temporary_file.h"

namespace metaxy::internal {
namespace {

namespace fs = std::filesystem;

// A checkpoint has some forty bytes per fragment; whatever is larger than this was not written
// here.
constexpr off_t kLargestFile = off_t{1} << 30;
constexpr int kTrimOncePerWrites = 16;

// Behind the checkpoint, and not covered by its checksum.
using Uses = uint64_t;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return descriptor_; }
  bool ok() const { return descriptor_ >= 0; }
  bool Close() { return close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

std::optional<std::string> ReadAll(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size < static_cast<off_t>(sizeof(Uses)) || status.st_size > kLargestFile)
    return std::nullopt;
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    done += static_cast<size_t>(got);
  }
  return bytes;
}

// Directories that nobody else may look into; those that exist are as their owner wants them.
bool MakeDirectories(const fs::path& directory) {
  std::error_code code;
  if (fs::is_directory(directory, code)) return true;
  if (directory.has_parent_path() && directory.parent_path() != directory &&
      !MakeDirectories(directory.parent_path()))
    return false;
  return mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST;
}

// Another process may have written them for a checkpoint that it has yet to write: then that one
// will find them missing, and be of no use.
void RemoveOtherRuns(const fs::path& path, const Checkpoint& checkpoint) {
  std::set<std::string> named;
  if (checkpoint.keys) {
    for (const auto& runs : checkpoint.keys->runs) {
      for (const CheckpointKeys::Run& run : runs)
        named.insert(CheckpointCache::RunPath(path, run.name).filename().string());
    }
  }
  const std::string prefix = path.filename().string() + ".";
  std::error_code code;
  for (fs::directory_iterator it(path.parent_path(), code), end; !code && it != end;
       it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(CheckpointCache::kRunSuffix) ||
        named.count(name) > 0)
      continue;
    std::error_code gone;
    fs::remove(it->path(), gone);
  }
}

}  // namespace

std::optional<CheckpointCache> CheckpointCache::OfUser() {
  const auto directory = [](const char* variable) -> std::optional<fs::path> {
    const char* const value = std::getenv(variable);
    // By the specification of XDG, relative ones are to be ignored.
    if (value == nullptr || value[0] != '/') return std::nullopt;
    return value;
  };
  std::optional<fs::path> caches = directory("XDG_CACHE_HOME");
  if (!caches) {
    const std::optional<fs::path> home = directory("HOME");
    if (!home) return std::nullopt;
    caches = *home / ".cache";
  }
  return CheckpointCache(*caches / "metaxy" / "delta");
}

fs::path CheckpointCache::RunPath(const fs::path& checkpoint, const std::string& run) {
  return checkpoint.string() + "." + run + std::string(kRunSuffix);
}

std::optional<Checkpoint> CheckpointCache::Peek(const fs::path& path, bool* other_release) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const std::optional<std::string> bytes = file.ok() ? ReadAll(file.get()) : std::nullopt;
  *other_release = bytes && Checkpoint::IsOfOtherRelease(*bytes);
  if (!bytes || *other_release) return std::nullopt;
  return Checkpoint::Decode(std::string_view(*bytes).substr(0, bytes->size() - sizeof(Uses)));
}

fs::path CheckpointCache::PathOf(const std::string& place, const std::string& fingerprint) const {
  Sha256 sha;
  return directory_ / TruncateHash(sha.Update(place).Finish(), kNameLength) /
         TruncateHash(fingerprint, kNameLength);
}

std::optional<CheckpointCache::Entry> CheckpointCache::Read(const std::string& place,
                                                            const std::string& fingerprint) const {
  const fs::path path = PathOf(place, fingerprint);
  int flags = O_RDWR;
  Descriptor file(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  Descriptor read_only(
      file.ok() ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const int descriptor = file.ok() ? file.get() : read_only.get();
  if (descriptor < 0) return std::nullopt;
  const std::optional<std::string> bytes = ReadAll(descriptor);
  if (!bytes) return std::nullopt;
  const size_t size = bytes->size() - sizeof(Uses);
  std::optional<Checkpoint> checkpoint =
      Checkpoint::Decode(std::string_view(*bytes).substr(0, size));
  if (!checkpoint || checkpoint->fingerprint != fingerprint) return std::nullopt;
  Uses uses = 0;
  std::memcpy(&uses, bytes->data() + size, sizeof uses);
  ++uses;
  // Two processes at a time may count one use. Writing also makes it the latest that was used.
  const bool counted =
      file.ok() && pwrite(descriptor, &uses, sizeof uses, static_cast<off_t>(size)) ==
                       static_cast<ssize_t>(sizeof uses);
  return Entry{*std::move(checkpoint), counted ? uses : 0};
}

bool CheckpointCache::Write(const std::string& place, const Checkpoint& checkpoint,
                            uint64_t uses) const {
  const fs::path path = PathOf(place, checkpoint.fingerprint);
  if (!MakeDirectories(path.parent_path())) return false;
  std::string bytes = checkpoint.Encode();
  bytes.append(reinterpret_cast<const char*>(&uses), sizeof uses);
  std::string name = path.string() + ".XXXXXX";
  Descriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (!file.ok()) return false;
  TemporaryPath temporary{fs::path(name)};
  // Not synchronised: what a power failure leaves of it does not have its checksum.
  if (WriteToDescriptor(file.get(), bytes) != 0 || !file.Close()) return false;
  if (rename(name.c_str(), path.c_str()) != 0) return false;
  temporary.Release();
  RemoveOtherRuns(path, checkpoint);
  // mkostemp() draws letters and digits.
  if (static_cast<unsigned char>(name.back()) % kTrimOncePerWrites == 0) Trim(kMostBytes);
  return true;
}

KeyRunWriter::KeyRunWriter(fs::path path, std::string name, int descriptor)
    : temporary_(std::move(path)), name_(std::move(name)), descriptor_(descriptor) {}

KeyRunWriter::~KeyRunWriter() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<CheckpointKeys::Run> KeyRunWriter::Finish(KeyRun run) {
  CheckpointKeys::Run written{.name = name_, .entries = run.entries.size()};
  if (!WriteKeyRun(descriptor_, std::move(run), &written.digest) ||
      close(std::exchange(descriptor_, -1)) != 0)
    return std::nullopt;
  temporary_.Release();
  return written;
}

std::unique_ptr<KeyRunWriter> CheckpointCache::CreateRun(const std::string& place,
                                                         const std::string& fingerprint) const {
  std::string name = RandomId();
  fs::path path = RunPath(PathOf(place, fingerprint), name);
  if (!MakeDirectories(path.parent_path())) return nullptr;
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return nullptr;
  return std::make_unique<KeyRunWriter>(std::move(path), std::move(name), descriptor);
}

std::optional<CheckpointKeys::Run> CheckpointCache::WriteRun(const std::string& place,
                                                             const std::string& fingerprint,
                                                             KeyRun run) const {
  const auto file = CreateRun(place, fingerprint);
  return file ? file->Finish(std::move(run)) : std::nullopt;
}

std::optional<KeyRunFile> CheckpointCache::OpenRun(const std::string& place,
                                                   const std::string& fingerprint,
                                                   const CheckpointKeys::Run& run) const {
  return KeyRunFile::Open(RunPath(PathOf(place, fingerprint), run.name), run.digest);
}

void CheckpointCache::Remove(const std::string& place, const std::string& fingerprint) const {
  std::error_code code;
  const fs::path path = PathOf(place, fingerprint);
  fs::remove(path, code);
  RemoveOtherRuns(path, {});
}

void CheckpointCache::Trim(uint64_t bytes) const {
  struct File {
    fs::file_time_type used;
    uint64_t size;
    fs::path path;
  };
  std::vector<File> files;
  uint64_t total = 0;
  std::error_code code;
  // Others remove files at the same time.
  for (fs::recursive_directory_iterator it(directory_, code), end; !code && it != end;
       it.increment(code)) {
    std::error_code gone;
    if (it->is_symlink(gone) || !it->is_regular_file(gone)) continue;
    const auto size = it->file_size(gone);
    const auto used = it->last_write_time(gone);
    if (gone) continue;
    total += size;
    files.push_back({used, size, it->path()});
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : files) {
    if (total <= bytes) break;
    std::error_code failed;
    if (fs::remove(file.path, failed)) total -= file.size;
  }
}

}  // namespace metaxy::internal
