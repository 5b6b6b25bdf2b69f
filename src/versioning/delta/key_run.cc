#include "versioning/delta/key_run.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"

namespace metaxy::internal {
namespace {

constexpr std::string_view kMagic = "mxkeys2\n";
constexpr size_t kEntriesPerBlock = 512;

size_t BlocksOf(uint64_t entries) { return (entries + kEntriesPerBlock - 1) / kEntriesPerBlock; }

uint64_t Checksum(const uint64_t* entries, size_t count) {
  return HashContent({reinterpret_cast<const char*>(entries), count * sizeof *entries}).low;
}

KeyPrefix PrefixIn(uint64_t entry) { return static_cast<KeyPrefix>(entry >> 32); }

bool ReadAt(int descriptor, uint64_t offset, size_t size, void* to) {
  auto* bytes = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = pread(descriptor, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

template <class T>
void Append(const T* values, size_t count, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// Takes values from the front of bytes; false if there are too few.
template <class T>
bool TakeValues(std::string_view* bytes, uint64_t count, std::vector<T>* values) {
  if (count > bytes->size() / sizeof(T)) return false;
  values->resize(count);
  if (count > 0) std::memcpy(values->data(), bytes->data(), count * sizeof(T));
  bytes->remove_prefix(count * sizeof(T));
  return true;
}

}  // namespace

void SortPrefixes(std::vector<KeyPrefix>* prefixes) {
  std::sort(prefixes->begin(), prefixes->end());
  prefixes->erase(std::unique(prefixes->begin(), prefixes->end()), prefixes->end());
}

std::vector<KeyPrefix> PrefixesOf(const std::vector<KeyHash>& keys) {
  std::vector<KeyPrefix> prefixes;
  prefixes.reserve(keys.size());
  for (const KeyHash& key : keys) prefixes.push_back(PrefixOf(key));
  SortPrefixes(&prefixes);
  return prefixes;
}

// Radix sort in three passes over the prefix: tables have millions of rows.
void KeyRun::Sort() {
  constexpr int kBits = 11;
  constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
  if (entries.size() <= kMask) return std::sort(entries.begin(), entries.end());
  std::vector<uint64_t> other(entries.size());
  for (int shift = 32; shift < 64; shift += kBits) {
    std::array<size_t, kMask + 2> begins{};
    for (const uint64_t entry : entries) ++begins[((entry >> shift) & kMask) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    for (const uint64_t entry : entries) other[begins[(entry >> shift) & kMask]++] = entry;
    entries.swap(other);
  }
}

std::string KeyRun::Header(ContentHash* digest) const {
  std::string bytes(kMagic);
  const std::array<uint64_t, 3> sizes = {entries.size(), fragments.size(), seed};
  Append(sizes.data(), sizes.size(), &bytes);
  Append(fragments.data(), fragments.size(), &bytes);
  std::vector<KeyPrefix> fences;
  std::vector<uint64_t> checksums;
  for (size_t begin = 0; begin < entries.size(); begin += kEntriesPerBlock) {
    fences.push_back(PrefixIn(entries[begin]));
    checksums.push_back(
        Checksum(&entries[begin], std::min(kEntriesPerBlock, entries.size() - begin)));
  }
  Append(checksums.data(), checksums.size(), &bytes);
  Append(fences.data(), fences.size(), &bytes);
  *digest = HashContent(bytes);
  return bytes;
}

bool WriteKeyRun(int descriptor, const KeyRun& run, ContentHash* digest) {
  std::string header = run.Header(digest);
  const uint64_t size = header.size();
  Append(&size, 1, &header);
  const std::string_view entries(reinterpret_cast<const char*>(run.entries.data()),
                                 run.entries.size() * sizeof(uint64_t));
  return WriteToDescriptor(descriptor, entries) == 0 && WriteToDescriptor(descriptor, header) == 0;
}

struct KeyRunFile::File {
  int descriptor = -1;

  explicit File(int opened) : descriptor(opened) {}
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

std::optional<KeyRunFile> KeyRunFile::Open(const std::filesystem::path& path,
                                           const ContentHash& digest) {
  auto file =
      std::make_shared<File>(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (file->descriptor < 0 || fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  const auto size = static_cast<uint64_t>(status.st_size);
  uint64_t header_size = 0;
  if (size < kMagic.size() + 4 * sizeof(uint64_t) ||
      !ReadAt(file->descriptor, size - sizeof header_size, sizeof header_size, &header_size) ||
      header_size > size - sizeof header_size)
    return std::nullopt;
  std::string header(header_size, '\0');
  const uint64_t header_at = size - sizeof header_size - header_size;
  if (!ReadAt(file->descriptor, header_at, header_size, header.data()) ||
      HashContent(header) != digest || !header.starts_with(kMagic))
    return std::nullopt;
  // What stands in the header is what was written: its digest is right.
  KeyRunFile run;
  std::string_view bytes = std::string_view(header).substr(kMagic.size());
  std::vector<uint64_t> sizes;
  if (!TakeValues(&bytes, 3, &sizes)) return std::nullopt;
  run.count_ = sizes[0];
  run.run_.seed = sizes[2];
  const size_t blocks = BlocksOf(run.count_);
  if (!TakeValues(&bytes, sizes[1], &run.run_.fragments) ||
      !TakeValues(&bytes, blocks, &run.checksums_) || !TakeValues(&bytes, blocks, &run.fences_) ||
      !bytes.empty() || header_at != run.count_ * sizeof(uint64_t))
    return std::nullopt;
  uint64_t first = 0;
  for (const KeyRun::Fragment& fragment : run.run_.fragments) {
    run.firsts_.push_back(first);
    first += fragment.rows;
  }
  // The latest that was used is removed last.
  futimens(file->descriptor, nullptr);
  run.file_ = std::move(file);
  return run;
}

bool KeyRunFile::ReadBlocks(size_t begin, size_t end, std::vector<uint64_t>* entries) const {
  const uint64_t first = begin * kEntriesPerBlock;
  const uint64_t last = std::min<uint64_t>(end * kEntriesPerBlock, count_);
  entries->resize(last - first);
  if (!ReadAt(file_->descriptor, first * sizeof(uint64_t), entries->size() * sizeof(uint64_t),
              entries->data()))
    return false;
  for (size_t block = begin; block < end; ++block) {
    const size_t at = (block - begin) * kEntriesPerBlock;
    if (Checksum(entries->data() + at, std::min(kEntriesPerBlock, entries->size() - at)) !=
        checksums_[block])
      return false;
  }
  return true;
}

KeyRunFile::Row KeyRunFile::RowOf(uint64_t entry) const {
  const uint64_t place = entry & 0xffffffffU;
  const auto after = std::upper_bound(firsts_.begin(), firsts_.end(), place);
  const auto fragment = static_cast<size_t>(after - firsts_.begin()) - 1;
  return {fragment, static_cast<uint32_t>(place - firsts_[fragment])};
}

bool KeyRunFile::Find(std::span<const KeyPrefix> prefixes, size_t most,
                      std::vector<Row>* rows) const {
  std::vector<uint64_t> entries;
  size_t known = fences_.size();  // the block whose entries these are
  auto fence = fences_.begin();
  for (const KeyPrefix prefix : prefixes) {
    // The block before the first that begins with the prefix, or a later one, may have it.
    fence = std::lower_bound(fence, fences_.end(), prefix);
    auto block = static_cast<size_t>(fence - fences_.begin());
    if (block > 0) --block;
    for (; block < fences_.size() && fences_[block] <= prefix; ++block) {
      if (block != known && !ReadBlocks(block, block + 1, &entries)) return false;
      known = block;
      auto entry = std::lower_bound(entries.begin(), entries.end(), KeyRun::EntryOf(prefix, 0));
      for (; entry != entries.end() && PrefixIn(*entry) == prefix; ++entry) {
        if (rows->size() >= most) return false;
        rows->push_back(RowOf(*entry));
      }
    }
  }
  return true;
}

std::optional<KeyRun> KeyRunFile::ReadAll() const {
  KeyRun run = run_;
  if (!ReadBlocks(0, checksums_.size(), &run.entries)) return std::nullopt;
  return run;
}

}  // namespace metaxy::internal
