// When maintenance after writes checks a table, and what it does then, on a simulated database.
#include "store/maintenance/automatic_maintenance.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "support/matchers.h"
#include "support/records.h"

namespace metaxy::internal {
namespace {

using metaxy::testing::NumberIn;
using metaxy::testing::Records;
using metaxy::testing::TextIn;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One table: the rows of its fragments, its versions, and the operations on it.
class PretendedTable final : public TableMaintenance {
 public:
  arrow::Result<TableStatistics> Statistics(const std::string& table, int64_t, bool) override {
    ++looks;
    int64_t rows = 0;
    for (const int64_t fragment : fragments) rows += fragment;
    return TableStatistics{.table = table, .rows = rows, .bytes = rows * 100, .versions = versions};
  }
  arrow::Result<std::vector<int64_t>> CountSmaller(const std::string&,
                                                   const std::vector<int64_t>& limits) override {
    std::vector<int64_t> counts;
    for (const int64_t limit : limits) {
      counts.push_back(std::count_if(fragments.begin(), fragments.end(),
                                     [limit](int64_t rows) { return rows < limit; }));
    }
    return counts;
  }
  std::chrono::sys_time<std::chrono::microseconds> Now() override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  arrow::Result<std::vector<KeptVersion>> Versions(const std::string&) override {
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::vector<KeptVersion> kept;
    for (int64_t i = 0; i < versions; ++i)
      kept.push_back({.version = version - static_cast<uint64_t>(versions - 1 - i),
                      .committed = now - (versions - 1 - i) * between_commits,
                      .tagged = i < tagged});
    return kept;
  }
  arrow::Result<MergedFragments> Merge(const std::string&, const CompactionPlan& plan) override {
    ARROW_RETURN_NOT_OK(refusal);
    MergedFragments merged;
    int64_t rows = 0;
    std::erase_if(fragments, [&](int64_t fragment) {
      if (fragment >= plan.target_rows) return false;
      rows += fragment;
      ++merged.removed;
      return true;
    });
    fragments.push_back(rows);
    rewritten += rows;
    merged.added = 1;
    // Lance commits twice: it reserves fragment numbers first.
    version += 2;
    versions += 2;
    return merged;
  }
  arrow::Result<PrunedVersions> PruneVersions(const std::string&,
                                              std::chrono::seconds older_than) override {
    manifests_read += versions;
    ages.push_back(older_than);
    if (older_than.count() > 0) return PrunedVersions{};
    const PrunedVersions removed{versions - 1, 1000};
    versions = 1;
    return removed;
  }
  arrow::Status RenameColumn(const std::string&, const std::string&, const std::string&) override {
    return arrow::Status::OK();
  }

  void Append(int64_t rows) {
    fragments.push_back(rows);
    ++version;
    ++versions;
  }

  std::vector<int64_t> fragments;
  uint64_t version = 0;
  int64_t versions = 0;
  int64_t looks = 0;
  int64_t rewritten = 0;
  int64_t manifests_read = 0;
  std::vector<std::chrono::seconds> ages;
  std::chrono::seconds between_commits{0};
  int64_t tagged = 0;  // the first of the versions
  arrow::Status refusal;
};

class AutomaticMaintenanceTest : public ::testing::Test {
 protected:
  std::unique_ptr<AutomaticMaintenance> Make(MaintenanceOptions options = {}) {
    return std::make_unique<AutomaticMaintenance>(&table_, options, Log(records_.function()));
  }

  void Append(AutomaticMaintenance& maintenance, int64_t rows) {
    table_.Append(rows);
    maintenance.AfterCommit("t", table_.version);
  }

  PretendedTable table_;
  std::vector<LogRecord> outcomes() const { return records_.Of(LogSubject::kMaintenance); }

  Records records_;
};

TEST_F(AutomaticMaintenanceTest, LooksOnceInAWhile) {
  const auto maintenance = Make();
  for (int i = 0; i < 31; ++i) Append(*maintenance, 1);
  EXPECT_EQ(table_.looks, 0);
  Append(*maintenance, 1);
  EXPECT_EQ(table_.looks, 1);
  ASSERT_THAT(outcomes(), SizeIs(1));
  const LogRecord outcome = outcomes()[0];
  EXPECT_EQ(outcome.severity, LogSeverity::kInfo);
  EXPECT_EQ(TextIn(outcome, "table"), "t");
  EXPECT_EQ(NumberIn(outcome, "fragments_merged"), 32);
  EXPECT_EQ(NumberIn(outcome, "fragments_written"), 1);
  EXPECT_EQ(outcome.values.Find("error"), nullptr);
  for (int i = 0; i < 400; ++i) {
    Append(*maintenance, 1);
    ASSERT_LT(table_.fragments.size(), 33U);
  }
}

TEST_F(AutomaticMaintenanceTest, ProcessesOfOneWriteTakeTurns) {
  for (int i = 0; i < 400; ++i) Append(*Make(), 1);
  EXPECT_GE(table_.looks, 11);
  EXPECT_LE(table_.looks, 14);
  EXPECT_LT(table_.fragments.size(), 34U);
}

TEST_F(AutomaticMaintenanceTest, AnotherProgramsCommitsCount) {
  const auto maintenance = Make();
  for (int i = 0; i < 10; ++i) Append(*maintenance, 1);
  for (int i = 0; i < 60; ++i) table_.Append(1);  // Past the next trigger.
  EXPECT_EQ(table_.looks, 0);
  Append(*maintenance, 1);
  EXPECT_EQ(table_.looks, 1);
  EXPECT_THAT(table_.fragments, ElementsAre(71));
}

TEST_F(AutomaticMaintenanceTest, ALargeFragmentIsNotRewrittenForAHandfulOfRows) {
  const auto maintenance = Make();
  Append(*maintenance, 900'000);
  for (int i = 0; i < 2000; ++i) Append(*maintenance, 1);
  EXPECT_EQ(table_.fragments[0], 900'000);
  // Each row is rewritten a few times, not once per compaction (about sixty).
  EXPECT_LT(table_.rewritten, 2000 * 25);
}

TEST_F(AutomaticMaintenanceTest, LooksForOldVersionsMoreSeldomTheMoreThereAre) {
  const auto maintenance = Make();
  for (int i = 0; i < 5000; ++i) Append(*maintenance, 1);
  EXPECT_GT(table_.ages.size(), 5U);
  EXPECT_LT(table_.manifests_read, 6 * 5000);
}

TEST_F(AutomaticMaintenanceTest, KeepsOldVersionsForAWhileAndNotTooMany) {
  using std::chrono::seconds;
  constexpr seconds kDay = std::chrono::hours(24);
  struct Case {
    int64_t commits;
    seconds between_commits;
    MaintenanceOptions options;
    seconds age;
  };
  for (const Case& each :
       std::vector<Case>{{200, seconds(60), {}, kDefaultKeepVersionsFor},  // few
                         {2048, seconds(60), {}, seconds(60) * 255},
                         {2048, seconds(60), {.keep_versions = 100}, seconds(60) * 99},
                         {2048, seconds(0), {}, kKeepVersionsAtLeastFor},  // readers are protected
                         {2048, kDay, {}, kDefaultKeepVersionsFor},        // they are old anyway
                         {2048, kDay, {.keep_versions_for = seconds(5)}, seconds(5)},
                         {2048, seconds(1), {.keep_versions_for = seconds(5)}, seconds(5)}}) {
    SCOPED_TRACE(each.commits);
    table_ = PretendedTable();
    table_.between_commits = each.between_commits;
    const auto maintenance = Make(each.options);
    for (int64_t i = 0; i < each.commits; ++i) Append(*maintenance, 1);
    ASSERT_THAT(table_.ages, Not(IsEmpty()));
    EXPECT_EQ(table_.ages.back(), each.age);
  }
}

// However many they are: the others are kept as long as without them.
TEST_F(AutomaticMaintenanceTest, TaggedVersionsDoNotMakeTheOthersGoEarlier) {
  table_.between_commits = std::chrono::minutes(1);
  table_.version = table_.versions = 2000;
  table_.tagged = 1900;
  const auto maintenance = Make({.keep_versions = 256});
  for (int i = 0; i < 2048; ++i) {
    Append(*maintenance, 1);
    if (!table_.ages.empty()) break;
  }
  ASSERT_THAT(table_.ages, SizeIs(1));
  EXPECT_EQ(table_.ages[0], kDefaultKeepVersionsFor);
}

TEST_F(AutomaticMaintenanceTest, ClosingLeavesATableThatWasWrittenToRepeatedlyInOrder) {
  const auto maintenance = Make({.keep_versions_for = std::chrono::seconds(0)});
  for (int i = 0; i < 300; ++i) Append(*maintenance, 1);
  maintenance->BeforeClose();
  EXPECT_THAT(table_.fragments, ElementsAre(300));
  EXPECT_EQ(table_.versions, 1);
}

TEST_F(AutomaticMaintenanceTest, ClosingDoesNothingAfterAWriteOrTwo) {
  Append(*Make(), 5);
  const auto maintenance = Make();
  Append(*maintenance, 5);
  Append(*maintenance, 5);
  maintenance->BeforeClose();
  EXPECT_EQ(table_.looks, 0);
}

TEST_F(AutomaticMaintenanceTest, YieldsToWriters) {
  const auto maintenance = Make({.every_commits = 4});
  table_.refusal = MakeError(ErrorCode::kCommitConflict, "a writer came first", true);
  for (int i = 0; i < 4; ++i) Append(*maintenance, 1);
  ASSERT_THAT(outcomes(), SizeIs(1));
  EXPECT_EQ(outcomes()[0].severity, LogSeverity::kInfo);
  EXPECT_EQ(TextIn(outcomes()[0], "error"), "CommitConflict");
  EXPECT_THAT(table_.ages, IsEmpty());
  table_.refusal = arrow::Status::OK();
  for (int i = 0; i < 4; ++i) Append(*maintenance, 1);
  EXPECT_THAT(table_.fragments, ElementsAre(8));
}

TEST_F(AutomaticMaintenanceTest, CanBeSwitchedOff) {
  const auto maintenance = Make({.automatic = false});
  for (int i = 0; i < 100; ++i) Append(*maintenance, 1);
  maintenance->BeforeClose();
  EXPECT_EQ(table_.looks, 0);
}

}  // namespace
}  // namespace metaxy::internal
