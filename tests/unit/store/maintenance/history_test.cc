// Pruning of history: which rows are removed, and that no read of latest rows changes.
#include <gmock/gmock.h>

#include <random>

#include "store/maintenance/history_retention.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "versioning/resolve/latest_rows.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::internal {
namespace {

using metaxy::testing::FailsWith;
using metaxy::testing::Get;
using metaxy::testing::TableFromJson;
using ::testing::IsEmpty;

const std::vector<std::string> kIds = {"id"};

// Rows "sample version updated deleted", the last one in microseconds or "-".
struct Written {
  std::string id;
  std::string version;
  int64_t updated;
  std::optional<int64_t> deleted = std::nullopt;
};

std::shared_ptr<MemoryTable> TableOf(const std::vector<Written>& rows) {
  std::string json;
  for (const Written& row : rows) {
    json += (json.empty() ? "" : ",") + std::string(R"({"id": ")") + row.id +
            R"(", "metaxy_feature_version": ")" + row.version + R"(", "metaxy_updated_at": )" +
            std::to_string(row.updated) + R"(, "metaxy_deleted_at": )" +
            (row.deleted ? std::to_string(*row.deleted) : "null") + "}";
  }
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  return Get(MemoryTable::Make(TableFromJson({{"id", arrow::large_utf8()},
                                              {"metaxy_feature_version", arrow::large_utf8()},
                                              {"metaxy_updated_at", timestamp},
                                              {"metaxy_deleted_at", timestamp}},
                                             "[" + json + "]")));
}

// In pieces of two, as a large table's are taken in pieces.
std::vector<uint64_t> RowIdsOf(const SurplusRows& surplus) {
  std::vector<uint64_t> all;
  uint64_t from = 0;
  while (true) {
    const std::vector<uint64_t> piece = surplus.NextRowIds(&from, 2);
    if (piece.empty()) return all;
    all.insert(all.end(), piece.begin(), piece.end());
  }
}

struct Case {
  const char* what;
  std::vector<Written> rows;
  HistoryRules rules;
  std::vector<uint64_t> gone;
};

TEST(HistoryTest, SaysWhichRowsGo) {
  const std::vector<Case> cases = {
      {"nothing is asked for", {{"a", "1", 1}, {"a", "1", 2}}, {}, {}},
      {"the latest two stay", {{"a", "1", 1}, {"a", "1", 3}, {"a", "1", 2}}, {.keep = 2}, {0}},
      {"of each version", {{"a", "1", 1}, {"a", "1", 2}, {"a", "2", 3}}, {.keep = 1}, {0}},
      {"of each sample", {{"a", "1", 1}, {"b", "1", 2}, {"b", "1", 3}}, {.keep = 1}, {1}},
      {"of equal timestamps the first counts", {{"a", "1", 5}, {"a", "1", 5}}, {.keep = 1}, {1}},
      {"a mark counts as a row", {{"a", "1", 1}, {"a", "1", 1, 4}}, {.keep = 1}, {0}},
      {"deleted long ago", {{"a", "1", 1}, {"a", "1", 1, 4}}, {.deleted_before = 5}, {0, 1}},
      {"deleted at that timestamp", {{"a", "1", 1}, {"a", "1", 1, 5}}, {.deleted_before = 5}, {}},
      {"written again since",
       {{"a", "1", 1}, {"a", "1", 1, 4}, {"a", "1", 6}},
       {.deleted_before = 5},
       {}},
      {"another version that stays is newer",
       {{"a", "1", 1, 2}, {"a", "2", 3}},
       {.deleted_before = 5},
       {0}},
      {"another version that stays would show: the mark stays",
       {{"a", "1", 1}, {"a", "2", 2}, {"a", "2", 2, 3}},
       {.deleted_before = 5},
       {1}},
      {"all versions are deleted",
       {{"a", "1", 1, 2}, {"a", "2", 2, 3}},
       {.deleted_before = 5},
       {0, 1}},
      {"both rules",
       {{"a", "1", 1}, {"a", "1", 2}, {"b", "1", 1}, {"b", "1", 1, 2}},
       {.keep = 1, .deleted_before = 5},
       {0, 2, 3}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const SurplusRows surplus = Get(FindSurplusRows(TableOf(c.rows), kIds, c.rules));
    EXPECT_EQ(RowIdsOf(surplus), c.gone);
    EXPECT_EQ(surplus.replaced + surplus.deleted, static_cast<int64_t>(c.gone.size()));
  }
}

TEST(HistoryTest, ReportsWhy) {
  const SurplusRows surplus =
      Get(FindSurplusRows(TableOf({{"a", "1", 1}, {"a", "1", 2}, {"b", "1", 1}, {"b", "1", 1, 2}}),
                          kIds, {.keep = 1, .deleted_before = 5}));
  EXPECT_EQ(surplus.replaced, 1);
  EXPECT_EQ(surplus.deleted, 2);
}

TEST(HistoryTest, NeedsTheColumnOfVersions) {
  const auto table =
      Get(MemoryTable::Make(TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "a"}])")));
  EXPECT_THAT(FindSurplusRows(table, kIds, {.keep = 1}),
              FailsWith(ErrorCode::kMetadataSchema, "metaxy_feature_version"));
}

// "id version updated deleted" of the rows that a read returns.
std::vector<std::string> ReadLatest(const std::shared_ptr<MemoryTable>& table,
                                    const std::optional<std::string>& version) {
  const std::vector<std::string> columns = {"id", "metaxy_feature_version", "metaxy_updated_at"};
  RowsRequest request;
  request.table = table;
  request.id_columns = kIds;
  request.feature_version = version;
  const auto reader = Get(ReadLatestRows(Get(FindLatestRows(std::move(request), {})), columns, {}));
  return metaxy::testing::Rows(*Get(reader->ToTable()), columns);
}

TEST(HistoryTest, ReadsOfLatestRowsAreUnaffected) {
  std::mt19937 random(20261125);
  const auto pick = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Written> rows;
    const int count = 1 + pick(25);
    for (int i = 0; i < count; ++i) {
      Written row{std::string(1, static_cast<char>('a' + pick(3))), std::to_string(pick(3)),
                  pick(20)};
      if (pick(3) == 0) row.deleted = row.updated + pick(5);
      rows.push_back(row);
    }
    HistoryRules rules;
    if (pick(3) > 0) rules.keep = 1 + pick(3);
    if (pick(3) > 0) rules.deleted_before = pick(25);
    const auto before = TableOf(rows);
    const SurplusRows surplus = Get(FindSurplusRows(before, kIds, rules));
    const std::vector<uint64_t> gone = RowIdsOf(surplus);
    // The same where every row goes to a temporary file.
    ASSERT_EQ(RowIdsOf(Get(FindSurplusRows(before, kIds, rules, {.memory_limit = 0}))), gone);
    std::vector<Written> left;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!std::binary_search(gone.begin(), gone.end(), i)) left.push_back(rows[i]);
    }
    const auto after = TableOf(left);
    SCOPED_TRACE(round);
    for (const std::optional<std::string>& version :
         {std::optional<std::string>(), std::optional<std::string>("0"),
          std::optional<std::string>("1"), std::optional<std::string>("2")}) {
      ASSERT_EQ(ReadLatest(before, version), ReadLatest(after, version));
    }
    // What is kept stays kept.
    ASSERT_THAT(RowIdsOf(Get(FindSurplusRows(after, kIds, rules))), IsEmpty());
  }
}

}  // namespace
}  // namespace metaxy::internal
