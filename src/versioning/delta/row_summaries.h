// Row summaries of a key run: what a resolve has made of each row, so that it need not be read
// again.
//
// Rows are known by their places, and stored in blocks of 4 KiB by place, so that they can be
// written while a table is read. A block has a checksum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "columns/key_hash.h"

namespace metaxy::internal {

/// What decides about a row, besides its position: see StoredRow.
struct RowSummary {
  KeyHash id = {};
  KeyHash join = {};  ///< of rows that are joined by their ids, the id
  int64_t timestamp = 0;
  uint64_t value = 0;  ///< a digest; 0 for what has none
  uint32_t flags = 0;

  bool operator==(const RowSummary&) const = default;
};

/// What many rows have in common.
struct RowStamp {
  int64_t timestamp = 0;
  uint64_t flags = 0;

  bool operator==(const RowStamp&) const = default;
};

/// Numbers stamps, from 1. Thread-safe.
class StampNumbers {
 public:
  /// 0 if there are too many.
  uint32_t NumberOf(const RowStamp& stamp);
  /// By their numbers, from 1.
  std::vector<RowStamp> stamps() const;

 private:
  struct Hash {
    size_t operator()(const RowStamp& stamp) const {
      return static_cast<size_t>(static_cast<uint64_t>(stamp.timestamp) * 0x9e3779b97f4a7c15 ^
                                 stamp.flags);
    }
  };

  mutable std::mutex mutex_;
  std::unordered_map<RowStamp, uint32_t, Hash> numbers_;
  std::vector<RowStamp> stamps_;
};

/// How a summary is stored. A place without a row has only zeros.
class SummaryLayout {
 public:
  static constexpr size_t kBlockWords = 512;
  static constexpr size_t kBlockBytes = kBlockWords * sizeof(uint64_t);
  static constexpr size_t kMostWords = 6;

  explicit SummaryLayout(bool with_join) : words_(with_join ? kMostWords : 4) {}
  /// None if no summary has so many words.
  static std::optional<SummaryLayout> OfWords(uint64_t words);

  size_t words() const { return words_; }
  size_t rows_per_block() const { return kBlockWords / words_; }
  size_t BlocksFor(uint64_t places) const {
    return static_cast<size_t>((places + rows_per_block() - 1) / rows_per_block());
  }

  void Encode(const RowSummary& row, uint32_t stamp, uint64_t* words) const;
  /// None if the place has no row.
  std::optional<RowSummary> Decode(const uint64_t* words,
                                   const std::vector<RowStamp>& stamps) const;

 private:
  size_t words_;
};

/// Checksums of blocks.
uint64_t ChecksumOfBlock(const uint64_t* words);

/// Writes summaries to the beginning of a file. Thread-safe.
class SummaryWriter {
 public:
  SummaryWriter(int descriptor, SummaryLayout layout, uint64_t places);

  const SummaryLayout& layout() const { return layout_; }

  /// Adds rows by their places, which are ascending; `words` are those of one after the other.
  /// Nobody else adds rows between the first of them and the last. False if the file cannot be
  /// written.
  bool Add(std::span<const uint32_t> places, const std::vector<uint64_t>& words);
  /// The checksums of all blocks; none if the file cannot be written.
  std::optional<std::vector<uint64_t>> Finish();

 private:
  using Blocks = std::vector<uint64_t>;

  // Blocks that follow each other; the first and the last one may have rows of others, too.
  bool Write(size_t first, const Blocks& blocks, size_t least, size_t most);
  bool WriteAt(size_t block, const uint64_t* words, size_t blocks) const;

  int descriptor_;
  SummaryLayout layout_;
  std::vector<uint64_t> checksums_;
  std::mutex mutex_;
  std::map<size_t, Blocks> partial_;  // blocks that may not be complete
};

}  // namespace metaxy::internal
