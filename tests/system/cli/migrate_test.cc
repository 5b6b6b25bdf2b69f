// `metadata migrate`.
#include <gtest/gtest.h>

#include "demo_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MigrateTest : public DemoProjectTest {
 protected:
  MigrateTest() { Write(); }

  Finished Migrate(std::vector<std::string> more) const {
    more.insert(more.begin(), {"metadata", "migrate"});
    return program_.Run(more);
  }

  std::string Doctor() const { return program_.Run({"doctor", "--format", "json"}).out; }
};

TEST_F(MigrateTest, ConvertsThereAndBack) {
  const Finished planned = Migrate({"video", "--to", "map", "--dry-run"});
  EXPECT_EQ(planned.code, 0) << planned.err;
  EXPECT_THAT(planned.err, HasSubstr("video: would convert 1 row to map columns"));
  EXPECT_THAT(Doctor(), HasSubstr(R"("layout": "struct")"));
  EXPECT_THAT(Migrate({"video", "--to", "map"}).err,
              HasSubstr("video: converted 1 row to map columns"));
  EXPECT_THAT(Doctor(), HasSubstr(R"("layout": "map")"));
  EXPECT_THAT(Migrate({"video", "--to", "map"}).err, HasSubstr("video: is already a map table"));
  Write();
  // With all features, those that were never written are skipped.
  const Finished back = Migrate({"--all-features", "--to", "struct"});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_THAT(back.err, HasSubstr("video: converted 2 rows to struct columns"));
  EXPECT_THAT(back.err, Not(HasSubstr("never/written")));
  EXPECT_THAT(Doctor(), HasSubstr(R"("layout": "struct")"));
}

TEST_F(MigrateTest, TheConfigurationDecidesForNewTables) {
  program_.Write("metaxy.toml", std::string("enable_map_datatype = true\n") + kDemoConfig);
  Write();  // the existing table keeps its layout
  EXPECT_THAT(Doctor(), HasSubstr(R"("layout": "struct")"));
  program_.Write("new.ndjson", R"({"id": "a", "metaxy_provenance_by_field": {"default": "d"}})");
  const Finished written =
      program_.Run({"metadata", "write", "never/written", "--from", "new.ndjson"});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_THAT(Doctor(), HasSubstr(R"("layout": "map")"));
}

TEST_F(MigrateTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(Migrate({"video"}), FailedWith(2, "--to"));
  EXPECT_THAT(Migrate({"video", "--to", "list"}), FailedWith(2, "list"));
  EXPECT_THAT(Migrate({"vidoe", "--to", "map"}), FailedWith(2, "video"));
  EXPECT_THAT(Migrate({"--to", "map"}), FailedWith(2, "--all-features"));
  EXPECT_THAT(Migrate({"never/written", "--to", "map"}), FailedWith(2, "'never/written'"));
}

}  // namespace
}  // namespace metaxy::testing
