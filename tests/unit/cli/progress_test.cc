// Progress lines: their content, and that only terminals get them.
#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace metaxy::cli {
namespace {

TEST(ProgressTest, SaysHowFarItIs) {
  EXPECT_EQ(ProgressText(0, 1000, 0, "rows read"),
            "[--------------------]   0 %  0 of 1,000 rows read");
  EXPECT_EQ(ProgressText(500, 1000, 2, "rows read"),
            "[##########----------]  50 %  500 of 1,000 rows read, 250/s, 2 s left");
  EXPECT_EQ(ProgressText(1000, 1000, 2, "rows read"),
            "[####################] 100 %  1,000 of 1,000 rows read, 500/s");
  EXPECT_EQ(ProgressText(10, 1234567, 10, "rows read"),
            "[--------------------]   0 %  10 of 1,234,567 rows read, 1.0/s, 342 h 56 min left");
  EXPECT_EQ(ProgressText(1, 200, 1, "x"),
            "[--------------------]   0 %  1 of 200 x, 1.0/s, 3 min 19 s left");
  // More rows than expected must not overflow the bar.
  EXPECT_EQ(ProgressText(3, 2, 0, "x"), "[####################] 100 %  3 of 2 x");
  EXPECT_EQ(ProgressText(1234, std::nullopt, 0.1, "rows written"), "1,234 rows written");
  EXPECT_EQ(ProgressText(1234, std::nullopt, 2, "rows written"), "1,234 rows written, 617/s");
}

TEST(ProgressTest, IsNotShownWithoutATerminal) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  Output output(file, file);
  {
    Progress progress(&output, "rows", 10);
    progress.Add(5);
    EXPECT_EQ(progress.done(), 5);
  }
  output.Flush();
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace metaxy::cli
