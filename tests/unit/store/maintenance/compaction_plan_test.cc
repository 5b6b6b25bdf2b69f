// Which fragments are worth compacting.
#include "store/maintenance/compaction_plan.h"

#include <gmock/gmock.h>

namespace metaxy::internal {
namespace {

using ::testing::ElementsAre;

TEST(MergePlanTest, TiersEndAtTheTarget) {
  EXPECT_THAT(MergeTiers(1 << 20), ElementsAre(1 << 10, 1 << 15, 1 << 20));
  EXPECT_THAT(MergeTiers(2000), ElementsAre(62, 2000));
  EXPECT_THAT(MergeTiers(5), ElementsAre(5));
}

TEST(MergePlanTest, TheLargestTierThatIsFullIsDue) {
  const std::vector<int64_t> tiers = {1000, 32000, 1000000};
  struct Case {
    std::vector<int64_t> smaller;
    std::optional<int64_t> due;
  };
  const std::vector<Case> cases = {
      {{0, 0, 0}, std::nullopt}, {{31, 31, 31}, std::nullopt},
      {{32, 32, 32}, 1000},  // Thirty-two with a handful of rows.
      {{32, 33, 40}, 1000},  // The large ones are left as they are.
      {{5, 37, 37}, 32000},  // Thirty-two of the second size; the small ones join them.
      {{5, 20, 52}, 1000000},    {{10, 20, 30}, std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.smaller));
    EXPECT_EQ(DueTier(tiers, c.smaller, 32, 32), c.due);
  }
}

TEST(MergePlanTest, AFewOfTheSmallestAreEnoughAtTheEnd) {
  const std::vector<int64_t> tiers = {1000, 32000};
  EXPECT_EQ(DueTier(tiers, {2, 2}, 32, 2), 1000);
  EXPECT_EQ(DueTier(tiers, {1, 31}, 32, 2), std::nullopt);
}

TEST(MergePlanTest, WideRowsMakeSmallerFilesAndBatches) {
  const TableStatistics narrow{.rows = 1000, .deleted_rows = 0, .bytes = 10000};
  EXPECT_EQ(PlanCompaction(narrow, 1 << 20, 256 << 20).target_rows, 1 << 20);
  EXPECT_EQ(PlanCompaction(narrow, 1 << 20, 256 << 20).batch_rows, 8192);
  const TableStatistics wide{.rows = 50, .deleted_rows = 50, .bytes = int64_t{100} << 20};
  EXPECT_EQ(PlanCompaction(wide, 1 << 20, 256 << 20).target_rows, 256);
  EXPECT_EQ(PlanCompaction(wide, 1 << 20, 256 << 20).batch_rows, 16);
  const TableStatistics huge{.rows = 1, .bytes = int64_t{1} << 40};
  EXPECT_EQ(PlanCompaction(huge, 1 << 20, 256 << 20).target_rows, 1);
  EXPECT_EQ(PlanCompaction(huge, 1 << 20, 256 << 20).batch_rows, 1);
  EXPECT_EQ(PlanCompaction(TableStatistics{.rows = 0, .bytes = 0}, 77, 100).target_rows, 77);
}

}  // namespace
}  // namespace metaxy::internal
