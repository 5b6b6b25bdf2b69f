// Key runs: every row of a key is found, and whatever happens to the file, no other answer is
// given.
#include "versioning/delta/key_run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "support/random.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

namespace fs = std::filesystem;
using internal::ContentHash;
using internal::KeyPrefix;
using internal::KeyRun;
using internal::KeyRunFile;
using Rows = std::vector<std::pair<size_t, uint32_t>>;

class KeyRunTest : public ::testing::Test {
 protected:
  // Rows in fragments of different sizes, with prefixes of which some come often.
  KeyRun Example(size_t rows, uint64_t prefixes) {
    KeyRun run;
    uint32_t place = 0;
    for (uint64_t i = 0; place < rows; ++i) {
      const auto size = static_cast<uint32_t>(1 + random_.Below(rows));
      run.fragments.push_back({{{i, i}, {}}, size});
      for (uint32_t row = 0; row < size; ++row, ++place) {
        // Not every row has an entry.
        if (random_.Percent(90)) run.entries.push_back(KeyRun::EntryOf(Prefix(prefixes), place));
      }
    }
    run.fragments.push_back({{{99, 99}, {}}, 0});
    return run;
  }

  KeyPrefix Prefix(uint64_t prefixes) {
    return static_cast<KeyPrefix>(random_.Below(prefixes) * (0xffffffffULL / prefixes));
  }

  fs::path path() const { return directory_.path() / "run"; }

  ContentHash Write(const KeyRun& run) {
    const int file = open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ContentHash digest;
    EXPECT_TRUE(internal::WriteKeyRun(file, run, &digest));
    close(file);
    return digest;
  }

  static Rows Naive(const KeyRun& run, const std::vector<KeyPrefix>& prefixes) {
    Rows rows;
    for (const uint64_t entry : run.entries) {
      if (!std::binary_search(prefixes.begin(), prefixes.end(), entry >> 32)) continue;
      uint32_t place = static_cast<uint32_t>(entry);
      size_t fragment = 0;
      for (; place >= run.fragments[fragment].rows; ++fragment)
        place -= run.fragments[fragment].rows;
      rows.emplace_back(fragment, place);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  static std::optional<Rows> Found(const KeyRunFile& file, const std::vector<KeyPrefix>& prefixes,
                                   size_t most = 1 << 20) {
    std::vector<KeyRunFile::Row> found;
    if (!file.Find(prefixes, most, &found)) return std::nullopt;
    Rows rows;
    for (const KeyRunFile::Row& row : found) rows.emplace_back(row.fragment, row.number);
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  std::vector<KeyPrefix> Wanted(uint64_t prefixes, size_t count) {
    std::vector<KeyPrefix> wanted;
    for (size_t i = 0; i < count; ++i)
      wanted.push_back(random_.Percent(70) ? Prefix(prefixes)
                                           : static_cast<KeyPrefix>(random_.Next()));
    internal::SortPrefixes(&wanted);
    return wanted;
  }

  TempDir directory_;
  Random random_{7};
};

TEST_F(KeyRunTest, FindsAllRowsOfKeys) {
  for (const size_t rows : {1, 100, 511, 512, 513, 3000, 20'000}) {
    for (const uint64_t prefixes : {1, 3, 700, 100'000}) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(prefixes) + " prefixes");
      KeyRun run = Example(rows, prefixes);
      run.Sort();
      const auto file = KeyRunFile::Open(path(), Write(run));
      ASSERT_TRUE(file);
      EXPECT_EQ(file->size(), run.entries.size());
      for (const size_t count : {0, 1, 2, 50, 2000}) {
        const std::vector<KeyPrefix> wanted = Wanted(prefixes, count);
        const Rows naive = Naive(run, wanted);
        EXPECT_EQ(Found(*file, wanted), naive);
        if (naive.empty()) continue;
        EXPECT_EQ(Found(*file, wanted, naive.size()), naive);
        EXPECT_EQ(Found(*file, wanted, naive.size() - 1), std::nullopt);
      }
      EXPECT_EQ(file->ReadAll()->entries, run.entries);
    }
  }
}

TEST_F(KeyRunTest, SortsByPrefix) {
  KeyRun run = Example(50'000, 1000);
  std::vector<uint64_t> entries = run.entries;
  run.Sort();
  std::sort(entries.begin(), entries.end());
  EXPECT_TRUE(std::is_sorted(run.entries.begin(), run.entries.end(),
                             [](uint64_t a, uint64_t b) { return a >> 32 < b >> 32; }));
  std::sort(run.entries.begin(), run.entries.end());
  EXPECT_EQ(run.entries, entries);
}

TEST_F(KeyRunTest, NothingHasNoRows) {
  const auto file = KeyRunFile::Open(path(), Write({}));
  ASSERT_TRUE(file);
  EXPECT_EQ(Found(*file, {1, 2}), Rows());
}

TEST_F(KeyRunTest, ADamagedOneFindsNothingWrong) {
  KeyRun run = Example(1500, 700);
  run.Sort();
  const ContentHash digest = Write(run);
  std::ifstream in(path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const std::vector<KeyPrefix> wanted = Wanted(700, 2000);
  const Rows naive = Naive(run, wanted);
  size_t refused = 0;
  for (size_t i = 0; i < bytes.size(); i += 13) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 16);
    std::ofstream(path(), std::ios::binary) << flipped;
    const auto file = KeyRunFile::Open(path(), digest);
    const auto found = file ? Found(*file, wanted) : std::nullopt;
    ASSERT_TRUE(!found || found == naive) << i;
    refused += found ? 0 : 1;
  }
  // Some blocks have none of the keys.
  EXPECT_GT(refused, bytes.size() / 13 / 2);
  for (size_t size = 0; size < bytes.size(); size += 29) {
    std::ofstream(path(), std::ios::binary) << bytes.substr(0, size);
    EXPECT_FALSE(KeyRunFile::Open(path(), digest)) << size;
  }
  std::ofstream(path(), std::ios::binary) << bytes + "x";
  EXPECT_FALSE(KeyRunFile::Open(path(), digest));
  EXPECT_FALSE(KeyRunFile::Open(directory_.path(), digest));
  EXPECT_FALSE(KeyRunFile::Open(directory_.path() / "absent", digest));
}

}  // namespace
}  // namespace metaxy::testing
