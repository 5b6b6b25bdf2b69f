// What rows are stored in: which changes show in the fragments of a table, and which do not.
#include <arrow/array.h>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

class FragmentsTest : public BridgeTest {
 protected:
  /// Columns `id` and `s.a`.
  FragmentsTest() : table_(Create("t", Some(0))) {
    Must(table_->Append(Some(10)));
    Latest();
  }

  static Rows Some(int first) {
    std::string json;
    for (int i = first; i < first + 3; ++i) {
      json += (json.empty() ? "" : ",") + std::string(R"({"id": )") + std::to_string(i) +
              R"(, "s": {"a": "x"}})";
    }
    return RowsOf(
        arrow::schema({arrow::field("id", arrow::int64()),
                       arrow::field("s", arrow::struct_({arrow::field("a", arrow::utf8())}))}),
        {"[" + json + "]"});
  }

  LanceTable& table() { return *table_; }
  void Latest() { Must(table_->CheckoutLatest()); }

  // As they are now.
  LanceFragments Now(const std::vector<std::string>& columns = {"id", "s.a"}) {
    Latest();
    return *Must(table_->Fragments(columns));
  }

  static bool Same(const LanceFragment& a, const LanceFragment& b) {
    return a.files == b.files && a.deletions == b.deletions;
  }

 private:
  std::unique_ptr<LanceTable> table_;
};

TEST_F(FragmentsTest, AreScannedOneByOne) {
  Must(table().Delete("id = 11"));
  const LanceFragments found = Now();
  ASSERT_EQ(found.fragments.size(), 2U);
  const auto scan = [&](std::vector<uint64_t> fragments, const std::string& filter = "") {
    return Collect(Must(table().Scan({.columns = {{"id"}},
                                      .filter = filter,
                                      .with_row_id = true,
                                      .fragments = std::move(fragments)})));
  };
  for (const LanceFragment& fragment : found.fragments) {
    EXPECT_TRUE(fragment.has_addresses);
    const auto rows = scan({fragment.id});
    const bool first = fragment.id == found.fragments[0].id;
    EXPECT_EQ(Int64s(*rows, "id"),
              (first ? std::vector<int64_t>{0, 1, 2} : std::vector<int64_t>{10, 12}));
    const auto ids =
        std::static_pointer_cast<arrow::UInt64Array>(rows->GetColumnByName("_rowid")->chunk(0));
    EXPECT_EQ(ids->Value(0), fragment.id << 32);
    EXPECT_EQ(ids->Value(ids->length() - 1), (fragment.id << 32) + 2);
  }
  // In the order of the table, each once.
  const uint64_t a = found.fragments[0].id;
  const uint64_t b = found.fragments[1].id;
  EXPECT_EQ(Int64s(*scan({b, a, b}), "id"), (std::vector<int64_t>{0, 1, 2, 10, 12}));
  EXPECT_EQ(Int64s(*scan({b}, "id != 10"), "id"), std::vector<int64_t>{12});
  EXPECT_EQ(scan({})->num_rows(), 0);
  EXPECT_THAT(table().Scan({.fragments = std::vector<uint64_t>{a, 77}}).status(),
              FailsWith(ErrorCode::kInvalidInput, "has no fragment 77"));
}

TEST_F(FragmentsTest, TellFilesAndColumns) {
  const LanceFragments found = Now({"id", "s.a", "none", "s.none"});
  ASSERT_EQ(found.fragments.size(), 2U);
  for (const LanceFragment& fragment : found.fragments) {
    EXPECT_EQ(fragment.physical_rows, 3);
    EXPECT_EQ(fragment.deleted_rows, 0);
    EXPECT_EQ(fragment.deletions, "");
    EXPECT_THAT(fragment.files, ::testing::HasSubstr(".lance"));
  }
  EXPECT_NE(found.fragments[0].files, found.fragments[1].files);
  ASSERT_EQ(found.columns.size(), 4U);
  EXPECT_NE(found.columns[0], "");
  EXPECT_NE(found.columns[1], "");
  EXPECT_NE(found.columns[0], found.columns[1]);
  EXPECT_EQ(found.columns[2], "");
  EXPECT_EQ(found.columns[3], "");
}

TEST_F(FragmentsTest, AppendsLeaveTheOthersAsTheyAre) {
  const LanceFragments before = Now();
  Must(table().Append(Some(20)));
  const LanceFragments after = Now();
  ASSERT_EQ(after.fragments.size(), 3U);
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(Same(before.fragments[i], after.fragments[i]));
}

TEST_F(FragmentsTest, EveryDeletionShows) {
  const LanceFragments before = Now();
  Must(table().Delete("id = 1"));
  const LanceFragments once = Now();
  EXPECT_EQ(once.fragments[0].files, before.fragments[0].files);
  EXPECT_NE(once.fragments[0].deletions, "");
  EXPECT_EQ(once.fragments[0].deleted_rows, 1);
  EXPECT_TRUE(Same(once.fragments[1], before.fragments[1]));
  Must(table().Delete("id = 2"));
  EXPECT_NE(Now().fragments[0].deletions, once.fragments[0].deletions);
}

TEST_F(FragmentsTest, TellDeletedRows) {
  const LanceFragments before = Now();
  const uint64_t a = before.fragments[0].id;
  const uint64_t b = before.fragments[1].id;
  EXPECT_THAT(Must(table().DeletedRows(std::vector{a, b})), ::testing::IsEmpty());
  Must(table().Delete("id = 12"));
  Latest();
  Must(table().Delete("id = 1 OR id = 10"));
  // Those of the version that is open.
  EXPECT_THAT(Must(table().DeletedRows(std::vector{a, b})), ::testing::ElementsAre((b << 32) + 2));
  Latest();
  EXPECT_THAT(Must(table().DeletedRows(std::vector{b, a})),
              ::testing::ElementsAre((a << 32) + 1, b << 32, (b << 32) + 2));
  EXPECT_THAT(Must(table().DeletedRows(std::vector{a})), ::testing::ElementsAre((a << 32) + 1));
  EXPECT_THAT(Must(table().DeletedRows({})), ::testing::IsEmpty());
  EXPECT_THAT(table().DeletedRows(std::vector<uint64_t>{77}).status(),
              FailsWith(ErrorCode::kInvalidInput, "has no fragment 77"));
}

TEST_F(FragmentsTest, ColumnsThatNobodyReadsDoNotShow) {
  const LanceFragments before = Now();
  Must(table().AddNullColumns(*arrow::schema({arrow::field("n", arrow::int64())})));
  Must(table().AddNullColumns(
      *arrow::schema({arrow::field("s", arrow::struct_({arrow::field("b", arrow::utf8())}))})));
  LanceFragments after = Now();
  EXPECT_EQ(after.columns, before.columns);
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(Same(before.fragments[i], after.fragments[i]));
  Must(table().DropColumns({"n"}));
  after = Now();
  EXPECT_EQ(after.columns, before.columns);
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(Same(before.fragments[i], after.fragments[i]));
}

TEST_F(FragmentsTest, ColumnsInOtherPlacesShow) {
  const LanceFragments before = Now();
  Must(
      table().AlterColumns({{.path = "id", .rename = {}, .nullable = {}, .type = arrow::int32()}}));
  const LanceFragments after = Now();
  EXPECT_NE(after.columns[0], before.columns[0]);
  EXPECT_EQ(after.columns[1], before.columns[1]);
  EXPECT_NE(after.fragments[0].files, before.fragments[0].files);
  // The other one is where it was.
  EXPECT_EQ(Now({"s.a"}).fragments[0].files.substr(0, 30), before.fragments[0].files.substr(0, 30));
}

TEST_F(FragmentsTest, ARewriteIsTold) {
  Must(table().Delete("id = 1"));
  const LanceFragments before = Now();
  const uint64_t since = Must(table().Version());
  Must(table().Compact());
  const LanceFragments after = Now();
  ASSERT_EQ(after.fragments.size(), 1U);
  const std::vector<LanceRewrite> rewrites = Must(table().Rewrites({"id", "s.a"}, since, 64));
  ASSERT_EQ(rewrites.size(), 1U);
  ASSERT_EQ(rewrites[0].before.size(), 2U);
  ASSERT_EQ(rewrites[0].after.size(), 1U);
  for (size_t i = 0; i < 2; ++i) EXPECT_TRUE(Same(rewrites[0].before[i], before.fragments[i]));
  EXPECT_TRUE(Same(rewrites[0].after[0], after.fragments[0]));
  EXPECT_TRUE(Must(table().Rewrites({"id", "s.a"}, Must(table().Version()), 64)).empty());
  EXPECT_TRUE(Must(table().Rewrites({"id", "s.a"}, 0, 0)).empty());
}

TEST_F(FragmentsTest, OfRemovedVersionsNothingIsTold) {
  const uint64_t since = Must(table().Version());
  Must(table().Compact());
  Latest();
  Must(table().Append(Some(20)));
  Latest();
  Must(table().Append(Some(30)));
  Latest();
  EXPECT_EQ(Must(table().Rewrites({"id"}, since, 64)).size(), 1U);
  // The latest version alone is looked at.
  EXPECT_TRUE(Must(table().Rewrites({"id"}, since, 1)).empty());
  Must(table().Prune({.older_than = std::chrono::seconds(0), .delete_unverified = true}));
  EXPECT_TRUE(Must(table().Rewrites({"id"}, since, 64)).empty());
}

TEST_F(FragmentsTest, ATableThatIsCreatedAnewIsAnother) {
  const LanceFragments before = Now();
  Must(connection().DropTable("t"));
  auto again = Create("t", Some(0));
  Must(again->Append(Some(10)));
  Must(again->CheckoutLatest());
  const LanceFragments after = *Must(again->Fragments({"id", "s.a"}));
  EXPECT_EQ(after.columns, before.columns);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(after.fragments[i].id, before.fragments[i].id);
    EXPECT_FALSE(Same(after.fragments[i], before.fragments[i]));
  }
}

}  // namespace
}  // namespace metaxy::internal
