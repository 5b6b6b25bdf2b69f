// Key run: a sorted file that says which rows of a table have which keys, eight bytes per row, and,
// by their places, what a resolve has made of these rows.
//
// An entry is a prefix of a key's hash and the place of a row. Different keys may have one prefix:
// who looks for one of them finds the rows of all. Look-ups read the blocks that they need; each
// block has a checksum, and the checkpoint has that of all checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "columns/key_hash.h"
#include "versioning/delta/row_summaries.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

/// What stands for a key.
using KeyPrefix = uint32_t;
inline KeyPrefix PrefixOf(const KeyHash& key) { return static_cast<KeyPrefix>(key.high >> 32); }

/// Ascending, each once.
std::vector<KeyPrefix> PrefixesOf(const std::vector<KeyHash>& keys);
void SortPrefixes(std::vector<KeyPrefix>* prefixes);

/// Rows by their keys. Places count the rows of all fragments, deleted ones included.
struct KeyRun {
  struct Fragment {
    FragmentContent content;
    uint32_t rows = 0;
    /// The numbers of the rows that are deleted, which have no entries; absent if nobody knows.
    std::optional<std::vector<uint32_t>> deleted = std::vector<uint32_t>();

    bool operator==(const Fragment&) const = default;
  };
  struct Summaries {
    SummaryLayout layout{false};
    std::vector<RowStamp> stamps = {};
    std::vector<uint64_t> words = {};      ///< of all places; empty if the file has them already
    std::vector<uint64_t> checksums = {};  ///< of what is in the file
  };

  std::vector<Fragment> fragments = {};
  std::vector<uint64_t> entries = {};  ///< EntryOf(), ascending by prefix
  uint64_t seed = 0;                   ///< of the hashes, whose prefixes mean nothing with another
  std::optional<Summaries> summaries = std::nullopt;  ///< of all rows that have entries, or of none

  static uint64_t EntryOf(KeyPrefix prefix, uint32_t place) {
    return uint64_t{prefix} << 32 | place;
  }

  /// Sorts entries that are in any order, in time that is proportional to their number.
  void Sort();
  uint64_t places() const;
};

/// A file with a key run. A value type; reads with pread, thread-safe.
class KeyRunFile {
 public:
  /// A row: a fragment of the run, and the number of the row in it.
  struct Row {
    size_t fragment = 0;
    uint32_t number = 0;
  };

  /// None if the file is not there, or is not the one with this digest. What was not used for
  /// longest is removed first; with `is_use` this is a use.
  static std::optional<KeyRunFile> Open(const std::filesystem::path& path,
                                        const ContentHash& digest, bool is_use = true);

  const std::vector<KeyRun::Fragment>& fragments() const { return run_.fragments; }
  uint64_t size() const { return count_; }
  uint64_t seed() const { return run_.seed; }
  bool HasSummaries(const SummaryLayout& layout) const {
    return run_.summaries && run_.summaries->layout.words() == layout.words();
  }

  /// Appends the rows with these prefixes, which are ascending, at most `most` of them. False if
  /// there are more, or if the file is damaged.
  bool Find(std::span<const KeyPrefix> prefixes, size_t most, std::vector<Row>* rows) const;
  /// The summaries of rows of one fragment, by their numbers, which are ascending; absent for rows
  /// that have none. None at all if the file is damaged, or has no summaries.
  std::optional<std::vector<std::optional<RowSummary>>> Summaries(
      size_t fragment, std::span<const uint32_t> numbers) const;
  /// Whether all blocks are as they were written.
  bool Verify() const;
  /// Everything; none if the file is damaged.
  std::optional<KeyRun> ReadAll() const;

 private:
  struct File;

  // What is in the header.
  bool Parse(std::string_view header);
  bool ReadBlocks(size_t begin, size_t end, std::vector<uint64_t>* entries) const;
  bool ReadSummaries(size_t begin, size_t end, std::vector<uint64_t>* words) const;
  Row RowOf(uint64_t entry) const;

  std::shared_ptr<const File> file_;
  uint64_t count_ = 0;
  uint64_t entries_at_ = 0;          // behind the summaries
  KeyRun run_;                       // without entries, and without words
  std::vector<uint64_t> firsts_;     // the first place of each fragment
  std::vector<KeyPrefix> fences_;    // the first prefix of each block
  std::vector<uint64_t> checksums_;  // of each block
};

/// Whether the file was written: summaries, unless it has them, entries, and the header.
bool WriteKeyRun(int descriptor, KeyRun run, ContentHash* digest);

}  // namespace metaxy::internal
