// Deleting rows by their ids, which hold for the version that was looked at.
#include <functional>
#include <utility>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using ::testing::ElementsAre;

class DeleteRowsTest : public BridgeTest {
 protected:
  // Three fragments of 10 rows each.
  std::unique_ptr<LanceTable> ThreeFragments() {
    auto table = Create("t", Numbers(0, 10));
    Must(table->Append(Numbers(10, 10)));
    Must(table->Append(Numbers(20, 10)));
    Must(table->CheckoutLatest());
    return table;
  }

  // The row ids of these values of `id`.
  static std::vector<uint64_t> RowIds(const LanceTable& table, const std::string& filter) {
    return UInt64s(*Collect(Must(table.Scan({.filter = filter, .with_row_id = true}))), "_rowid");
  }

  static std::vector<int64_t> Left(LanceTable& table) {
    Must(table.CheckoutLatest());
    return Int64s(*Collect(Must(table.Scan())), "id");
  }
};

TEST_F(DeleteRowsTest, RemovesTheseRowsInOneCommit) {
  auto table = ThreeFragments();
  // A whole fragment, rows of another one, in any order, one of them twice.
  auto ids = RowIds(*table, "id = 3 or (id >= 10 and id < 20)");
  ids.insert(ids.begin(), ids.back());
  const LanceDeleteResult deleted = Must(table->DeleteRows(ids));
  EXPECT_EQ(deleted.rows_deleted, 11U);
  EXPECT_EQ(deleted.version, 4U);
  EXPECT_EQ(Left(*table).size(), 19U);
  EXPECT_EQ(Must(table->CountRows("id = 3 or (id >= 10 and id < 20)")), 0);
  // Beside rows that are deleted already.
  EXPECT_EQ(Must(table->DeleteRows(RowIds(*table, "id < 9"))).rows_deleted, 8U);
  EXPECT_EQ(Left(*table).size(), 11U);
  EXPECT_EQ(Must(table->DeleteRows({})).version, 5U);
}

TEST_F(DeleteRowsTest, ThereMayBeManyRows) {
  constexpr int64_t kRows = 200000;
  auto table = Create("t", Numbers(0, kRows, kRows));
  const auto ids = RowIds(*table, "id % 2 = 0");
  EXPECT_EQ(Must(table->DeleteRows(ids)).rows_deleted, static_cast<uint64_t>(kRows / 2));
  EXPECT_EQ(Must(table->CountRows()), kRows);  // The handle stays.
  EXPECT_EQ(Left(*table).size(), static_cast<size_t>(kRows / 2));
  EXPECT_EQ(Must(table->CountRows("id % 2 = 0")), 0);
}

TEST_F(DeleteRowsTest, IdsOfOtherVersionsAreRefused) {
  auto table = ThreeFragments();
  const auto three = RowIds(*table, "id = 3");
  Must(table->DeleteRows(three));
  Must(table->CheckoutLatest());
  const std::vector<std::vector<uint64_t>> wrong = {three, {10}, {uint64_t{7} << 32}};
  for (const std::vector<uint64_t>& ids : wrong) {
    EXPECT_THAT(table->DeleteRows(ids).status(),
                FailsWith(ErrorCode::kInvalidInput, "a row id is not in this version"));
  }
  EXPECT_EQ(Left(*table).size(), 29U);
}

// Lance would look for the ids again in what the others have made of the table, and say that all is
// well when it finds none.
TEST_F(DeleteRowsTest, OthersWhoMoveOrRemoveTheRowsAreAConflict) {
  struct Case {
    const char* name;
    std::function<void(LanceTable&)> act;
    bool conflict;
  };
  const std::vector<Case> cases = {
      {"compact", [](LanceTable& other) { Must(other.Compact()); }, true},
      {"replace", [](LanceTable& other) { Must(other.Replace(Numbers(0, 30))); }, true},
      {"delete", [](LanceTable& other) { Must(other.Delete("id = 4")); }, true},
      {"delete elsewhere", [](LanceTable& other) { Must(other.Delete("id = 14")); }, false},
      {"append", [](LanceTable& other) { Must(other.Append(Numbers(3, 1))); }, false}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    auto table = ThreeFragments();
    const auto ids = RowIds(*table, "id = 3");
    const auto other = Must(Connect()->OpenTable("t"));
    c.act(*other);
    Must(other->CheckoutLatest());
    const int64_t before = Must(other->CountRows());
    const auto deleted = table->DeleteRows(ids);
    Must(other->CheckoutLatest());
    if (c.conflict) {
      EXPECT_THAT(deleted.status(), FailsWith(ErrorCode::kCommitConflict, "'t'"));
      EXPECT_TRUE(IsRetryable(deleted.status()));
      EXPECT_EQ(Must(other->CountRows()), before);
    } else {
      EXPECT_EQ(Must(deleted).rows_deleted, 1U);
      EXPECT_EQ(Must(other->CountRows()), before - 1);
    }
    Must(connection().DropTable("t"));
  }
}

TEST_F(DeleteRowsTest, FragmentsAreCountedBySeveralLimits) {
  auto table = ThreeFragments();
  Must(table->Append(Numbers(30, 100)));
  const std::vector<int64_t> limits = {1000, 11, 10, 0};
  EXPECT_THAT(Must(table->CountFragments(limits)), ElementsAre(3, 3, 0, 0));
  Must(table->CheckoutLatest());
  EXPECT_THAT(Must(table->CountFragments(limits)), ElementsAre(4, 3, 0, 0));
  EXPECT_THAT(Must(table->CountFragments({})), ElementsAre());
}

}  // namespace
}  // namespace metaxy::internal
