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
#include "versioning/delta/key_run_merge.h"

namespace metaxy::testing {
namespace {

namespace fs = std::filesystem;
using internal::ContentHash;
using internal::KeyPrefix;
using internal::KeyRun;
using internal::KeyRunFile;
using internal::RowSummary;
using internal::StampNumbers;
using internal::SummaryLayout;
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

class RowSummariesTest : public KeyRunTest {
 protected:
  using Rows = std::vector<std::optional<RowSummary>>;

  // Summaries by place, some absent, with few or many stamps.
  Rows Some(size_t places, bool with_join, uint64_t times) {
    Rows rows(places);
    for (auto& row : rows) {
      if (random_.Percent(20)) continue;
      row = RowSummary{.id = internal::KeyHash{random_.Next(), random_.Next()},
                       .join = {},
                       .timestamp = static_cast<int64_t>(random_.Below(times)) - 3,
                       .value = random_.Next(),
                       .flags = static_cast<uint32_t>(random_.Below(16))};
      row->join = with_join ? internal::KeyHash{random_.Next(), random_.Next()} : row->id;
    }
    return rows;
  }

  static std::vector<uint64_t> WordsOf(const Rows& rows, size_t begin, size_t end,
                                       const SummaryLayout& layout, StampNumbers* stamps,
                                       std::vector<uint32_t>* places = nullptr) {
    std::vector<uint64_t> words;
    for (size_t place = begin; place < end; ++place) {
      if (!rows[place] && places != nullptr) continue;
      words.resize(words.size() + layout.words());
      if (places != nullptr) places->push_back(static_cast<uint32_t>(place));
      if (rows[place]) {
        layout.Encode(*rows[place], stamps->NumberOf({rows[place]->timestamp, rows[place]->flags}),
                      &words[words.size() - layout.words()]);
      }
    }
    return words;
  }

  // A run of two fragments with all of these.
  static KeyRun RunOf(const Rows& rows, bool with_join) {
    KeyRun run;
    const auto places = static_cast<uint32_t>(rows.size());
    run.fragments = {{{{1, 1}, {}}, places / 3, {{0, 2}}},
                     {{{2, 2}, {3, 3}}, places - places / 3, std::nullopt}};
    StampNumbers stamps;
    KeyRun::Summaries summaries{.layout = SummaryLayout(with_join)};
    summaries.words = WordsOf(rows, 0, rows.size(), summaries.layout, &stamps);
    summaries.stamps = stamps.stamps();
    run.summaries = std::move(summaries);
    for (uint32_t place = 0; place < places; ++place)
      run.entries.push_back(KeyRun::EntryOf(place * 7, place));
    run.Sort();
    return run;
  }

  static Rows ReadAll(const KeyRunFile& file, uint32_t step = 1) {
    Rows all;
    for (size_t fragment = 0; fragment < file.fragments().size(); ++fragment) {
      std::vector<uint32_t> numbers;
      for (uint32_t i = 0; i < file.fragments()[fragment].rows; i += step) numbers.push_back(i);
      const auto rows = file.Summaries(fragment, numbers);
      if (!rows) return {};
      all.insert(all.end(), rows->begin(), rows->end());
    }
    return all;
  }
};

TEST_F(RowSummariesTest, ComeBackAsTheyWere) {
  for (const bool with_join : {false, true}) {
    for (const size_t places : {3, 85, 86, 128, 129, 4000}) {
      const Rows rows = Some(places, with_join, places % 2 == 0 ? 1 : 100'000);
      const KeyRun run = RunOf(rows, with_join);
      const auto file = KeyRunFile::Open(path(), Write(run));
      ASSERT_TRUE(file);
      EXPECT_TRUE(file->HasSummaries(SummaryLayout(with_join)));
      EXPECT_FALSE(file->HasSummaries(SummaryLayout(!with_join)));
      EXPECT_EQ(file->fragments(), run.fragments);
      EXPECT_EQ(ReadAll(*file), rows);
      EXPECT_EQ(ReadAll(*file, 13).size(),
                (places / 3 + 12) / 13 + (places - places / 3 + 12) / 13);
      EXPECT_FALSE(file->Summaries(0, std::vector{run.fragments[0].rows}));
      EXPECT_EQ(file->ReadAll()->summaries->words, run.summaries->words);
      EXPECT_EQ(file->ReadAll()->entries, run.entries);
      // Written again, as runs are that were merged.
      const auto again = KeyRunFile::Open(path(), Write(*file->ReadAll()));
      ASSERT_TRUE(again);
      EXPECT_EQ(ReadAll(*again), rows);
    }
  }
  EXPECT_FALSE(KeyRunFile::Open(path(), Write({}))->HasSummaries(SummaryLayout(false)));
}

// While a table is read, its batches come in any order, and some rows of it never do.
TEST_F(RowSummariesTest, AreWrittenInAnyOrder) {
  for (int round = 0; round < 20; ++round) {
    const bool with_join = round % 2 == 0;
    Rows rows = Some(70'000, with_join, 5);
    for (int gap = 0; gap < 3; ++gap) {
      const size_t begin = random_.Below(rows.size());
      const size_t end = std::min<size_t>(rows.size(), begin + random_.Below(30'000));
      for (size_t i = begin; i < end; ++i) rows[i].reset();
    }
    KeyRun run = RunOf(rows, with_join);
    std::vector<std::pair<size_t, size_t>> batches;
    for (size_t begin = 0; begin < rows.size();) {
      const size_t end = std::min<size_t>(rows.size(), begin + 1 + random_.Below(60'000));
      batches.emplace_back(begin, end);
      begin = end;
    }
    for (size_t i = batches.size(); i > 1; --i)
      std::swap(batches[i - 1], batches[random_.Below(i)]);
    const int file = open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    StampNumbers stamps;
    internal::SummaryWriter writer(file, run.summaries->layout, rows.size());
    for (const auto& [begin, end] : batches) {
      std::vector<uint32_t> places;
      const auto words = WordsOf(rows, begin, end, run.summaries->layout, &stamps, &places);
      ASSERT_TRUE(writer.Add(places, words));
    }
    run.summaries->words.clear();
    run.summaries->checksums = *writer.Finish();
    run.summaries->stamps = stamps.stamps();
    ContentHash digest;
    ASSERT_TRUE(internal::WriteKeyRun(file, run, &digest));
    close(file);
    const auto opened = KeyRunFile::Open(path(), digest);
    ASSERT_TRUE(opened);
    EXPECT_EQ(ReadAll(*opened), rows);
    EXPECT_EQ(opened->ReadAll()->entries, run.entries);
  }
}

// As when there are more stamps than numbers.
TEST_F(RowSummariesTest, MayBeGivenUpOnTheWay) {
  const Rows rows = Some(5000, false, 10);
  KeyRun run = RunOf(rows, false);
  const int file = open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  StampNumbers stamps;
  internal::SummaryWriter writer(file, run.summaries->layout, rows.size());
  std::vector<uint32_t> places;
  const auto words = WordsOf(rows, 0, rows.size(), run.summaries->layout, &stamps, &places);
  ASSERT_TRUE(writer.Add(places, words));
  run.summaries.reset();
  ContentHash digest;
  ASSERT_TRUE(internal::WriteKeyRun(file, run, &digest));
  close(file);
  const auto opened = KeyRunFile::Open(path(), digest);
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->HasSummaries(SummaryLayout(false)));
  EXPECT_EQ(opened->ReadAll()->entries, run.entries);
}

TEST_F(RowSummariesTest, DamagedOnesAreNone) {
  const Rows rows = Some(500, false, 10);
  const ContentHash digest = Write(RunOf(rows, false));
  std::ifstream in(path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  for (size_t i = 0; i < bytes.size(); i += 11) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 16);
    std::ofstream(path(), std::ios::binary) << flipped;
    const auto file = KeyRunFile::Open(path(), digest);
    const Rows found = file ? ReadAll(*file) : Rows();
    ASSERT_TRUE(found.empty() || found == rows) << i;
    // Four blocks, in front of the entries.
    EXPECT_EQ(found.empty(), i < 4 * SummaryLayout::kBlockBytes || !file) << i;
  }
}

TEST_F(RowSummariesTest, TooManyStampsHaveNoNumbers) {
  StampNumbers stamps;
  EXPECT_EQ(stamps.NumberOf({7, 1}), 1U);
  EXPECT_EQ(stamps.NumberOf({7, 2}), 2U);
  EXPECT_EQ(stamps.NumberOf({7, 1}), 1U);
  for (int64_t i = 100; i < (1 << 20) + 98; ++i) EXPECT_NE(stamps.NumberOf({i, 0}), 0U);
  EXPECT_EQ(stamps.NumberOf({1, 1}), 0U);
  EXPECT_EQ(stamps.NumberOf({7, 2}), 2U);
}

TEST_F(RowSummariesTest, RunsAreMerged) {
  for (const bool with_join : {false, true}) {
    const Rows old_rows = Some(900, with_join, 4);
    Rows new_rows = Some(60, with_join, 4);
    const auto old = KeyRunFile::Open(path(), Write(RunOf(old_rows, with_join)));
    KeyRun added = RunOf(new_rows, with_join);
    // The second fragment of the old run is gone, and its first one is written anew.
    added.fragments[1].content.files = {1, 1};
    added.fragments[0].content.files = {9, 9};
    internal::TableState now;
    now.fragments = {{0, {1, 1}, {}, 300}, {1, {9, 9}, {}, 20}};
    const auto merged = internal::MergeRuns(*old, added, now);
    ASSERT_TRUE(merged);
    EXPECT_EQ(merged->fragments, added.fragments);
    const auto file = KeyRunFile::Open(path(), Write(*merged));
    EXPECT_EQ(ReadAll(*file), new_rows);
    // All of both.
    now.fragments = {{0, {1, 1}, {}, 300}, {1, {2, 2}, {3, 3}, 600}, {2, {9, 9}, {}, 20}};
    added.fragments[1].content.files = {8, 8};
    const auto first = KeyRunFile::Open(path(), Write(RunOf(old_rows, with_join)));
    const auto all = internal::MergeRuns(*first, added, now);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->fragments.size(), 3U);
    EXPECT_EQ(all->entries.size(), 900U + 20);
    Rows wanted(new_rows.begin(), new_rows.begin() + 20);
    wanted.insert(wanted.end(), old_rows.begin(), old_rows.end());
    EXPECT_EQ(ReadAll(*KeyRunFile::Open(path(), Write(*all))), wanted);
    // One of them has none.
    added.summaries.reset();
    const auto without = internal::MergeRuns(
        *KeyRunFile::Open(path(), Write(RunOf(old_rows, with_join))), added, now);
    ASSERT_TRUE(without);
    EXPECT_FALSE(without->summaries);
    EXPECT_EQ(without->entries.size(), 920U);
  }
}

}  // namespace
}  // namespace metaxy::testing
