// The greatest timestamp of a table: from the notes of its commits, and from rows that have none.
#include <limits>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

class GreatestTest : public BridgeTest {
 protected:
  // Rows with an id and two times, of which the first that is not null counts.
  static Rows Timed(int64_t id, const std::string& deleted, const std::string& updated) {
    return RowsOf(Schema(), {R"([{"id": )" + std::to_string(id) + R"(, "deleted": )" + deleted +
                             R"(, "updated": )" + updated + "}]"});
  }
  static Rows Updated(int64_t id, int64_t micros) {
    return Timed(id, "null", std::to_string(micros));
  }

  static std::shared_ptr<arrow::Schema> Schema() {
    const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    return arrow::schema({arrow::field("id", arrow::int64()), arrow::field("deleted", time),
                          arrow::field("updated", time)});
  }

  static LanceGreatest Greatest(const LanceTable& table) {
    return *Must(table.Greatest({"deleted", "updated"}));
  }

  // What is found at the latest version; the handle moves there.
  static LanceGreatest Latest(LanceTable& table) {
    Must(table.CheckoutLatest());
    return Greatest(table);
  }

  // Appends a row whose note says something else than the row does, so that it shows where a value
  // was found.
  static void AppendNoted(LanceTable& table, LanceGreatest known, int64_t note) {
    known.value = note;
    Must(table.Append(Updated(1, 1), {.greatest = known}));
  }
};

TEST_F(GreatestTest, IsScannedWhereNothingIsNoted) {
  const auto table = Create("t", Updated(0, 5));
  EXPECT_EQ(Greatest(*table).value, 5);
  EXPECT_EQ(Greatest(*table).version, 1U);
  EXPECT_EQ(Greatest(*table).fragment, 1U);
  Must(table->Append(Timed(1, "9", "7")));
  Must(table->Append(Timed(2, "6", "100")));
  EXPECT_EQ(Greatest(*table).value, 5);  // at its version
  EXPECT_EQ(Latest(*table).value, 9);    // of each row the first that is not null
  EXPECT_EQ(Must(table->Greatest({"updated"}))->value, 100);
}

TEST_F(GreatestTest, OfTablesWithoutTimesThereIsNone) {
  const auto table = Create("t", Numbers(0, 3));
  EXPECT_EQ(Greatest(*table).value, kNone);
  EXPECT_EQ(Must(table->Greatest({"id"}))->value, kNone);
  EXPECT_EQ(Must(Create("empty", RowsOf(Schema(), {}))->Greatest({"updated"}))->value, kNone);
}

TEST_F(GreatestTest, ANoteStandsForAllRowsBefore) {
  const auto table =
      Must(connection().CreateTable("t", Updated(0, 5), {.greatest = LanceGreatest{.value = 50}}));
  EXPECT_EQ(Greatest(*table).value, 50);
  AppendNoted(*table, Greatest(*table), 60);
  EXPECT_EQ(Latest(*table).value, 60);
  AppendNoted(*table, Greatest(*table), 70);
  EXPECT_EQ(Latest(*table).value, 70);
}

TEST_F(GreatestTest, OnlyRowsOfOthersAreScanned) {
  const auto table =
      Must(connection().CreateTable("t", Updated(0, 5), {.greatest = LanceGreatest{.value = 50}}));
  Must(table->Append(Updated(1, 40)));
  EXPECT_EQ(Latest(*table).value, 50);
  Must(table->Append(Updated(2, 60)));
  EXPECT_EQ(Latest(*table).value, 60);
  const LanceGreatest known = Greatest(*table);
  EXPECT_EQ(known.version, 3U);
  EXPECT_EQ(known.fragment, 3U);
  AppendNoted(*table, {.value = 0, .version = known.version, .fragment = known.fragment}, 30);
  // 60 is in a fragment that the note says it stands for.
  EXPECT_EQ(Latest(*table).value, 30);
}

TEST_F(GreatestTest, WritersThatDidNotSeeEachOtherAreAllAsked) {
  const auto table =
      Must(connection().CreateTable("t", Updated(0, 5), {.greatest = LanceGreatest{.value = 50}}));
  const LanceGreatest seen = Greatest(*table);
  for (const int64_t value : {60, 90, 70, 80}) AppendNoted(*table, seen, value);
  EXPECT_EQ(Latest(*table).value, 90);
  // A writer without notes among them.
  Must(table->Append(Updated(7, 95)));
  AppendNoted(*table, seen, 85);
  EXPECT_EQ(Latest(*table).value, 95);
}

TEST_F(GreatestTest, ChangesThatAddNoRowsHideNoNote) {
  const auto table =
      Must(connection().CreateTable("t", Updated(0, 5), {.greatest = LanceGreatest{.value = 50}}));
  AppendNoted(*table, Greatest(*table), 60);
  Must(table->Delete("id = 0"));
  Must(table->AddNullColumns(*arrow::schema({arrow::field("more", arrow::int64())})));
  EXPECT_EQ(Latest(*table).value, 60);
  Must(table->Compact({.order = {"deleted", "updated"}}));
  EXPECT_EQ(Latest(*table).value, 60);
  // The merge has taken the note over: it is in the latest commit.
  EXPECT_EQ(Must(table->Stats()).fragments, 1);
}

TEST_F(GreatestTest, ManyVersionsOfOthersAreScannedAtOnce) {
  const auto table =
      Must(connection().CreateTable("t", Updated(0, 5), {.greatest = LanceGreatest{.value = 50}}));
  for (int i = 0; i < 70; ++i) Must(table->Append(Updated(i, i)));
  // The note is too far away: what counts are the rows themselves.
  EXPECT_EQ(Latest(*table).value, 69);
}

}  // namespace
}  // namespace metaxy::internal
