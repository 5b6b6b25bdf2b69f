#include "versioning/delta/row_summaries.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "versioning/scan/table_state.h"

namespace metaxy::internal {
namespace {

// Beyond these, rows have hardly any time in common, and their stamps take much memory.
constexpr size_t kMostStamps = size_t{1} << 20;

// So many are written at a time.
constexpr size_t kMostBlocks = 256;

bool WriteAll(int descriptor, const char* bytes, size_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t done = pwrite(descriptor, bytes, size, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes += done;
    size -= static_cast<size_t>(done);
    offset += static_cast<uint64_t>(done);
  }
  return true;
}

}  // namespace

uint32_t StampNumbers::NumberOf(const RowStamp& stamp) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = numbers_.find(stamp);
  if (known != numbers_.end()) return known->second;
  if (stamps_.size() >= kMostStamps) return 0;
  stamps_.push_back(stamp);
  return numbers_[stamp] = static_cast<uint32_t>(stamps_.size());
}

std::vector<RowStamp> StampNumbers::stamps() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stamps_;
}

std::optional<SummaryLayout> SummaryLayout::OfWords(uint64_t words) {
  for (const bool with_join : {false, true}) {
    const SummaryLayout layout(with_join);
    if (layout.words() == words) return layout;
  }
  return std::nullopt;
}

void SummaryLayout::Encode(const RowSummary& row, uint32_t stamp, uint64_t* words) const {
  words[0] = stamp;
  words[1] = row.value;
  words[2] = row.id.low;
  words[3] = row.id.high;
  if (words_ < kMostWords) return;
  words[4] = row.join.low;
  words[5] = row.join.high;
}

std::optional<RowSummary> SummaryLayout::Decode(const uint64_t* words,
                                                const std::vector<RowStamp>& stamps) const {
  const uint64_t number = words[0];
  if (number == 0 || number > stamps.size()) return std::nullopt;
  const RowStamp& stamp = stamps[number - 1];
  RowSummary row{.id = {words[2], words[3]},
                 .join = {},
                 .timestamp = stamp.timestamp,
                 .value = words[1],
                 .flags = static_cast<uint32_t>(stamp.flags)};
  row.join = words_ < kMostWords ? row.id : KeyHash{words[4], words[5]};
  return row;
}

uint64_t ChecksumOfBlock(const uint64_t* words) {
  return HashContent({reinterpret_cast<const char*>(words), SummaryLayout::kBlockBytes}).low;
}

SummaryWriter::SummaryWriter(int descriptor, SummaryLayout layout, uint64_t places)
    : descriptor_(descriptor),
      layout_(layout),
      checksums_(layout.BlocksFor(places),
                 ChecksumOfBlock(Blocks(SummaryLayout::kBlockWords).data())) {}

bool SummaryWriter::WriteAt(size_t block, const uint64_t* words, size_t blocks) const {
  return WriteAll(descriptor_, reinterpret_cast<const char*>(words),
                  blocks * SummaryLayout::kBlockBytes, block * SummaryLayout::kBlockBytes);
}

bool SummaryWriter::Write(size_t first, const Blocks& blocks, size_t least, size_t most) {
  const size_t count = blocks.size() / SummaryLayout::kBlockWords;
  size_t begin = 0;
  size_t end = count;
  const auto merge = [&](size_t block) {
    const uint64_t* const words = &blocks[block * SummaryLayout::kBlockWords];
    const std::lock_guard<std::mutex> lock(mutex_);
    Blocks& known = partial_[first + block];
    known.resize(SummaryLayout::kBlockWords);
    // The rows of others are zeros here.
    for (size_t i = 0; i < known.size(); ++i) known[i] |= words[i];
  };
  if (first == least) merge(begin++);
  if (begin < end && first + count - 1 == most) merge(--end);
  for (size_t block = begin; block < end; ++block)
    checksums_[first + block] = ChecksumOfBlock(&blocks[block * SummaryLayout::kBlockWords]);
  return begin >= end ||
         WriteAt(first + begin, &blocks[begin * SummaryLayout::kBlockWords], end - begin);
}

bool SummaryWriter::Add(std::span<const uint32_t> places, const std::vector<uint64_t>& words) {
  if (places.empty()) return true;
  const size_t rows = layout_.rows_per_block();
  const size_t least = places.front() / rows;
  const size_t most = places.back() / rows;
  if (most >= checksums_.size()) return false;
  size_t first = least;
  Blocks blocks;
  for (size_t i = 0; i < places.size(); ++i) {
    const size_t block = places[i] / rows;
    const size_t next = first + blocks.size() / SummaryLayout::kBlockWords;
    if (block >= next) {
      if (block > next || next - first == kMostBlocks) {
        if (!Write(first, blocks, least, most)) return false;
        blocks.clear();
        first = block;
      }
      blocks.resize(blocks.size() + SummaryLayout::kBlockWords);
    }
    const size_t at =
        (block - first) * SummaryLayout::kBlockWords + (places[i] % rows) * layout_.words();
    std::copy_n(&words[i * layout_.words()], layout_.words(), &blocks[at]);
  }
  return Write(first, blocks, least, most);
}

std::optional<std::vector<uint64_t>> SummaryWriter::Finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [block, words] : partial_) {
    checksums_[block] = ChecksumOfBlock(words.data());
    if (!WriteAt(block, words.data(), 1)) return std::nullopt;
  }
  partial_.clear();
  // The last blocks may have no row.
  const auto size = static_cast<off_t>(checksums_.size() * SummaryLayout::kBlockBytes);
  if (lseek(descriptor_, 0, SEEK_END) < size && ftruncate(descriptor_, size) != 0)
    return std::nullopt;
  return std::move(checksums_);
}

}  // namespace metaxy::internal
