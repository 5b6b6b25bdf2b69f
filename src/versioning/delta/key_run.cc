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

constexpr std::string_view kMagic = "mxkeys3\n";
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
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it has as many bytes, see above.
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

uint64_t KeyRun::places() const {
  return std::accumulate(
      fragments.begin(), fragments.end(), uint64_t{0},
      [](uint64_t sum, const Fragment& fragment) { return sum + fragment.rows; });
}

namespace {

// For a fragment of which nobody knows what is deleted.
constexpr uint32_t kUnknown = 0xffffffffU;

std::string Header(const KeyRun& run) {
  std::string bytes(kMagic);
  const bool summarised = run.summaries.has_value();
  const std::array<uint64_t, 5> sizes = {run.entries.size(), run.fragments.size(), run.seed,
                                         summarised ? run.summaries->layout.words() : 0,
                                         summarised ? run.summaries->stamps.size() : 0};
  Append(sizes.data(), sizes.size(), &bytes);
  for (const KeyRun::Fragment& fragment : run.fragments) {
    Append(&fragment.content, 1, &bytes);
    const std::array<uint32_t, 2> numbers = {
        fragment.rows,
        fragment.deleted ? static_cast<uint32_t>(fragment.deleted->size()) : kUnknown};
    Append(numbers.data(), numbers.size(), &bytes);
    if (fragment.deleted) Append(fragment.deleted->data(), fragment.deleted->size(), &bytes);
  }
  if (summarised) {
    Append(run.summaries->stamps.data(), run.summaries->stamps.size(), &bytes);
    Append(run.summaries->checksums.data(), run.summaries->checksums.size(), &bytes);
  }
  const std::vector<uint64_t>& entries = run.entries;
  std::vector<KeyPrefix> fences;
  std::vector<uint64_t> checksums;
  for (size_t begin = 0; begin < entries.size(); begin += kEntriesPerBlock) {
    fences.push_back(PrefixIn(entries[begin]));
    checksums.push_back(
        Checksum(&entries[begin], std::min(kEntriesPerBlock, entries.size() - begin)));
  }
  Append(checksums.data(), checksums.size(), &bytes);
  Append(fences.data(), fences.size(), &bytes);
  return bytes;
}

bool WriteSummaries(int descriptor, KeyRun::Summaries* summaries, uint64_t places) {
  if (summaries->words.size() != places * summaries->layout.words()) return false;
  SummaryWriter writer(descriptor, summaries->layout, places);
  std::vector<uint32_t> all(places);
  std::iota(all.begin(), all.end(), 0U);
  if (!writer.Add(all, summaries->words)) return false;
  auto checksums = writer.Finish();
  if (!checksums) return false;
  summaries->checksums = *std::move(checksums);
  return true;
}

}  // namespace

bool WriteKeyRun(int descriptor, KeyRun run, ContentHash* digest) {
  off_t entries_at = 0;
  if (run.summaries) {
    const size_t blocks = run.summaries->layout.BlocksFor(run.places());
    if (run.summaries->checksums.size() != blocks &&
        !WriteSummaries(descriptor, &*run.summaries, run.places()))
      return false;
    entries_at = static_cast<off_t>(blocks * SummaryLayout::kBlockBytes);
  }
  std::string header = Header(run);
  *digest = HashContent(header);
  const uint64_t size = header.size();
  Append(&size, 1, &header);
  const std::string_view entries(reinterpret_cast<const char*>(run.entries.data()),
                                 run.entries.size() * sizeof(uint64_t));
  // Summaries may have been begun that there are none of now.
  return ftruncate(descriptor, entries_at) == 0 &&
         lseek(descriptor, entries_at, SEEK_SET) == entries_at &&
         WriteToDescriptor(descriptor, entries) == 0 && WriteToDescriptor(descriptor, header) == 0;
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
                                           const ContentHash& digest, bool is_use) {
  auto file =
      std::make_shared<File>(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (file->descriptor < 0 || fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  const auto size = static_cast<uint64_t>(status.st_size);
  uint64_t header_size = 0;
  if (size < kMagic.size() + 6 * sizeof(uint64_t) ||
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
  if (!run.Parse(std::string_view(header).substr(kMagic.size())) ||
      header_at != run.entries_at_ + run.count_ * sizeof(uint64_t))
    return std::nullopt;
  if (is_use) futimens(file->descriptor, nullptr);
  run.file_ = std::move(file);
  return run;
}

bool KeyRunFile::Parse(std::string_view header) {
  std::vector<uint64_t> sizes;
  if (!TakeValues(&header, 5, &sizes)) return false;
  count_ = sizes[0];
  run_.seed = sizes[2];
  uint64_t places = 0;
  for (uint64_t i = 0; i < sizes[1]; ++i) {
    std::vector<FragmentContent> content;
    std::vector<uint32_t> numbers;
    if (!TakeValues(&header, 1, &content) || !TakeValues(&header, 2, &numbers)) return false;
    KeyRun::Fragment& fragment =
        run_.fragments.emplace_back(KeyRun::Fragment{content.front(), numbers[0], std::nullopt});
    if (numbers[1] != kUnknown && !TakeValues(&header, numbers[1], &fragment.deleted.emplace()))
      return false;
    firsts_.push_back(places);
    places += fragment.rows;
  }
  if (sizes[3] != 0) {
    const auto layout = SummaryLayout::OfWords(sizes[3]);
    if (!layout) return false;
    KeyRun::Summaries& summaries = run_.summaries.emplace();
    summaries.layout = *layout;
    const size_t blocks = layout->BlocksFor(places);
    entries_at_ = blocks * SummaryLayout::kBlockBytes;
    if (!TakeValues(&header, sizes[4], &summaries.stamps) ||
        !TakeValues(&header, blocks, &summaries.checksums))
      return false;
  }
  const size_t blocks = BlocksOf(count_);
  return TakeValues(&header, blocks, &checksums_) && TakeValues(&header, blocks, &fences_) &&
         header.empty();
}

bool KeyRunFile::ReadSummaries(size_t begin, size_t end, std::vector<uint64_t>* words) const {
  words->resize((end - begin) * SummaryLayout::kBlockWords);
  if (!ReadAt(file_->descriptor, begin * SummaryLayout::kBlockBytes,
              words->size() * sizeof(uint64_t), words->data()))
    return false;
  for (size_t block = begin; block < end; ++block) {
    if (ChecksumOfBlock(words->data() + (block - begin) * SummaryLayout::kBlockWords) !=
        run_.summaries->checksums[block])
      return false;
  }
  return true;
}

std::optional<std::vector<std::optional<RowSummary>>> KeyRunFile::Summaries(
    size_t fragment, std::span<const uint32_t> numbers) const {
  if (!run_.summaries) return std::nullopt;
  const SummaryLayout& layout = run_.summaries->layout;
  std::vector<std::optional<RowSummary>> rows;
  rows.reserve(numbers.size());
  std::vector<uint64_t> words;
  size_t known = run_.summaries->checksums.size();  // the block whose words these are
  for (const uint32_t number : numbers) {
    if (number >= run_.fragments[fragment].rows) return std::nullopt;
    const uint64_t place = firsts_[fragment] + number;
    const auto block = static_cast<size_t>(place / layout.rows_per_block());
    if (block != known && !ReadSummaries(block, block + 1, &words)) return std::nullopt;
    known = block;
    rows.push_back(layout.Decode(&words[(place % layout.rows_per_block()) * layout.words()],
                                 run_.summaries->stamps));
  }
  return rows;
}

bool KeyRunFile::ReadBlocks(size_t begin, size_t end, std::vector<uint64_t>* entries) const {
  const uint64_t first = begin * kEntriesPerBlock;
  const uint64_t last = std::min<uint64_t>(end * kEntriesPerBlock, count_);
  entries->resize(last - first);
  if (!ReadAt(file_->descriptor, entries_at_ + first * sizeof(uint64_t),
              entries->size() * sizeof(uint64_t), entries->data()))
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

bool KeyRunFile::Verify() const {
  constexpr size_t kAtATime = 256;
  std::vector<uint64_t> words;
  for (size_t block = 0; block < checksums_.size(); block += kAtATime) {
    if (!ReadBlocks(block, std::min(block + kAtATime, checksums_.size()), &words)) return false;
  }
  const size_t blocks = run_.summaries ? run_.summaries->checksums.size() : 0;
  for (size_t block = 0; block < blocks; block += kAtATime) {
    if (!ReadSummaries(block, std::min(block + kAtATime, blocks), &words)) return false;
  }
  return true;
}

std::optional<KeyRun> KeyRunFile::ReadAll() const {
  KeyRun run = run_;
  if (!ReadBlocks(0, checksums_.size(), &run.entries)) return std::nullopt;
  if (!run.summaries) return run;
  const SummaryLayout& layout = run.summaries->layout;
  std::vector<uint64_t> blocks;
  if (!ReadSummaries(0, run.summaries->checksums.size(), &blocks)) return std::nullopt;
  // Without the gaps at the end of blocks.
  std::vector<uint64_t>& words = run.summaries->words;
  words.resize(run.places() * layout.words());
  const size_t words_per_block = layout.rows_per_block() * layout.words();
  for (size_t at = 0, block = 0; at < words.size(); at += words_per_block, ++block) {
    std::copy_n(&blocks[block * SummaryLayout::kBlockWords],
                std::min(words_per_block, words.size() - at), &words[at]);
  }
  run.summaries->checksums.clear();
  return run;
}

}  // namespace metaxy::internal
