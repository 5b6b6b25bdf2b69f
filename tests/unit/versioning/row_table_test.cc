// Row summaries, and spilling when memory is short.
#include "versioning/summary/row_table.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "versioning/scan/scanned_table.h"
#include "versioning/summary/row_index.h"
#include "versioning/summary/row_payload.h"

namespace metaxy::testing {
namespace {

using internal::KeyHash;
using internal::kNoRow;
using internal::RowIds;
using internal::RowIndex;
using internal::RowTable;
using ::testing::ElementsAre;

KeyHash Key(uint64_t n) { return {n, ~n}; }

TEST(RowTableTest, KeepsTheLatestRowInWhateverOrderRowsCome) {
  struct Row {
    uint64_t id;
    int64_t timestamp;
    uint32_t position;
  };
  // The latest of 1 is at position 2: of the two with timestamp 9 it comes first.
  std::vector<Row> rows = {{1, 5, 0}, {2, 1, 1}, {1, 9, 2}, {1, 9, 3}, {2, 0, 4}};
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.position < b.position; });
  const auto by_position = [](const Row& a, const Row& b) { return a.position < b.position; };
  do {
    RowTable table({.with_first = true, .with_payload = true});
    for (const Row& row : rows) {
      const uint32_t place = table.Add(Key(row.id), row.timestamp, row.position);
      table.set_payload(place, std::string(row.position, 'p'));
    }
    // The same through serialisation.
    uint64_t count = 0;
    std::string bytes;
    for (const std::string_view piece : table.Serialize(&count)) bytes += piece;
    RowTable copy({.with_first = true, .with_payload = true});
    copy.AddSerialized(bytes);
    // Earlier deduplication gives the same result.
    RowTable thinned({.with_first = true, .with_payload = true});
    for (const Row& row : rows) {
      const uint32_t place = thinned.Add(Key(row.id), row.timestamp, row.position);
      thinned.set_payload(place, std::string(row.position, 'p'));
      thinned.Deduplicate();
    }
    for (RowTable* settled : {&table, &copy, &thinned}) settled->BuildIndex();
    for (const RowTable* checked : {&table, &copy, &thinned}) {
      ASSERT_EQ(checked->size(), 2U);
      const uint32_t one = checked->Find(Key(1));
      const uint32_t two = checked->Find(Key(2));
      EXPECT_EQ(checked->row(one).position, 2U);
      EXPECT_EQ(checked->first(one), 0U);
      EXPECT_EQ(checked->payload(one), "pp");
      EXPECT_EQ(checked->row(two).position, 1U);
      EXPECT_EQ(checked->payload(two), "p");
    }
    EXPECT_EQ(table.Find(Key(3)), kNoRow);
  } while (std::next_permutation(rows.begin(), rows.end(), by_position));
}

TEST(RowTableTest, NotesWhereOnlyThePositionDecides) {
  struct Row {
    int64_t timestamp;
    uint64_t value;
  };
  struct Case {
    const char* name;
    std::vector<Row> rows;
    int64_t tied;
  };
  const std::vector<Case> cases = {
      {"one row", {{5, 1}}, 0},
      {"a later one", {{5, 1}, {6, 2}}, 0},
      {"the same again", {{5, 1}, {5, 1}}, 0},
      {"another one at the same time", {{5, 1}, {5, 2}}, 1},
      {"before the latest", {{5, 1}, {5, 2}, {6, 3}}, 0},
      {"three, of which two are equal", {{5, 1}, {5, 2}, {5, 1}}, 1},
  };
  for (const Case& c : cases) {
    std::vector<size_t> order(c.rows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    do {
      for (const bool early : {false, true}) {
        RowTable table;
        for (size_t i = 0; i < order.size(); ++i) {
          const Row& row = c.rows[order[i]];
          const uint32_t place = table.Add(Key(1), row.timestamp, static_cast<uint32_t>(i));
          table.row(place).value = row.value;
          if (early) table.Deduplicate();
        }
        table.BuildIndex();
        EXPECT_EQ(table.CountTied(), c.tied) << c.name;
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
  // What is dropped, what is joined and what is in a payload may differ, too.
  RowTable flags;
  flags.Add(Key(1), 5, 0);
  flags.row(flags.Add(Key(1), 5, 1)).flags = internal::kDropped;
  flags.BuildIndex();
  EXPECT_EQ(flags.CountTied(), 1);
  RowTable joins({.with_join = true});
  for (uint32_t i = 0; i < 2; ++i) joins.set_join(joins.Add(Key(1), 5, i), Key(i));
  joins.BuildIndex();
  EXPECT_EQ(joins.CountTied(), 1);
  for (const std::string second : {"a", "b"}) {
    RowTable payloads({.with_payload = true});
    payloads.set_payload(payloads.Add(Key(1), 5, 0), "a");
    payloads.set_payload(payloads.Add(Key(1), 5, 1), second);
    payloads.BuildIndex();
    EXPECT_EQ(payloads.CountTied(), second == "b" ? 1 : 0);
  }
}

TEST(RowTableTest, FindsRowsAmongMany) {
  RowTable table;
  for (uint32_t i = 0; i < 10000; ++i) table.Add(Key(i * 7), 0, i);
  table.BuildIndex();
  for (uint32_t i = 0; i < 10000; ++i) {
    for (const uint32_t guess : {i, i + 1, kNoRow})
      ASSERT_EQ(table.row(table.Find(Key(i * 7), guess)).position, i);
  }
  EXPECT_EQ(table.Find(Key(1)), kNoRow);
  EXPECT_GT(table.bytes(), 10000 * sizeof(internal::StoredRow));
}

TEST(RowTableTest, HistoryDoesNotPileUp) {
  RowTable table({.with_payload = true});
  const size_t rows = 100000;
  for (uint32_t i = 0; i < rows; ++i) {
    table.set_payload(table.Add(Key(i % 100), i, i), "text " + std::to_string(i % 10));
    if (table.should_deduplicate()) table.Deduplicate();
  }
  EXPECT_LT(table.bytes(), rows * sizeof(internal::StoredRow) / 3);
  table.BuildIndex();
  EXPECT_EQ(table.size(), 100U);
  EXPECT_EQ(table.payload(table.Find(Key(93))), "text 3");
}

TEST(RowPayloadTest, GivesPartsBack) {
  std::string payload;
  const std::string longest(100000, 'x');
  for (const size_t size : {0, 1, 253, 254, 255, 100000})
    internal::AppendPart(std::string_view(longest).substr(0, size), &payload);
  internal::AppendPart(std::nullopt, &payload);
  std::string_view rest = payload;
  for (const size_t size : {0, 1, 253, 254, 255, 100000})
    EXPECT_EQ(internal::ReadPart(&rest)->size(), size);
  EXPECT_EQ(internal::ReadPart(&rest), std::nullopt);
  EXPECT_TRUE(rest.empty());
}

TEST(RowIndexTest, FindsAllRowsOfAKey) {
  RowIndex index(7);
  const std::vector<uint64_t> keys = {10, 20, 30, 10, 40, 10, 30};
  for (uint32_t row = 0; row < keys.size(); ++row) index.Add(Key(keys[row]), row);
  EXPECT_THAT(index.first_rows(), ElementsAre(0, 1, 2, 4));
  const auto rows_of = [&](uint64_t key) {
    std::vector<uint32_t> rows;
    for (uint32_t row = index.Find(Key(key)); row != kNoRow; row = index.Next(row))
      rows.push_back(row);
    return rows;
  };
  EXPECT_THAT(rows_of(10), ElementsAre(0, 3, 5));
  EXPECT_THAT(rows_of(30), ElementsAre(2, 6));
  EXPECT_THAT(rows_of(50), ElementsAre());
}

TEST(RowIdsTest, GivesIdsOfPositions) {
  RowIds ids;
  ids.Append(std::vector<uint64_t>{5, 6, 7, 100});
  ids.Append(std::vector<uint64_t>{101, 3, 4});
  EXPECT_EQ(ids.size(), 7U);
  EXPECT_THAT(ids.At(std::vector<uint32_t>{0, 2, 3, 4, 5, 6}), ElementsAre(5, 7, 100, 101, 3, 4));
  EXPECT_THAT(ids.At(std::vector<uint32_t>{6, 0, 4}), ElementsAre(4, 5, 101));
}

}  // namespace
}  // namespace metaxy::testing
