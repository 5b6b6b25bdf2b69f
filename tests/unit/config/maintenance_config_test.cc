// `[ext.cpp.stores.NAME] maintenance`, and age syntax.
#include <gtest/gtest.h>

#include "base/age.h"
#include "metaxy/config.h"
#include "support/matchers.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

using internal::ParseAge;

arrow::Result<MaintenanceOptions> Read(const std::string& table, const std::string& store = "dev") {
  const TempDir directory;
  const auto file = directory.Write(
      "metaxy.toml", "project = 'p'\n[ext.cpp.stores.dev]\nmaintenance = " + table + "\n");
  ARROW_ASSIGN_OR_RAISE(
      const MetaxyConfig config,
      MetaxyConfig::Load({.config_file = file,
                          .environment = std::vector<std::pair<std::string, std::string>>()}));
  return config.maintenance(store);
}

TEST(MaintenanceConfigTest, IsRead) {
  const MaintenanceOptions options =
      Get(Read("{ auto = false, every_commits = 5, target_rows = 1000, target_bytes = '2MiB', "
               "keep_versions_for = '12h', keep_versions = 10 }"));
  EXPECT_FALSE(options.automatic);
  EXPECT_EQ(options.every_commits, 5);
  EXPECT_EQ(options.target_rows, 1000);
  EXPECT_EQ(options.target_bytes, 2 << 20);
  EXPECT_EQ(options.keep_versions_for, std::chrono::hours(12));
  EXPECT_EQ(options.keep_versions, 10);
  EXPECT_EQ(Get(Read("{ target_bytes = 4096 }")).target_bytes, 4096);
}

TEST(MaintenanceConfigTest, HasDefaults) {
  for (const MaintenanceOptions& options :
       {Get(Read("{}")), Get(Read("{ auto = false }", "other"))}) {
    EXPECT_TRUE(options.automatic);
    EXPECT_EQ(options.every_commits, 32);
    EXPECT_EQ(options.keep_versions_for, std::chrono::hours(24 * 7));
  }
}

TEST(MaintenanceConfigTest, MistakesAreReportedWithTheirPlace) {
  for (const auto& [table, words] : std::vector<std::pair<std::string, std::string>>{
           {"true", "ext.cpp.stores.dev.maintenance must be a table"},
           {"{ automatic = true }", "auto"},
           {"{ auto = 'perhaps' }", "maintenance.auto must be true or false"},
           {"{ every_commits = 0 }", "every_commits"},
           {"{ target_bytes = 'much' }", "'much' is not a valid size"},
           {"{ target_bytes = '0' }", "must be more than 0"},
           {"{ keep_versions_for = '7 days' }", "'7 days' is not a valid age"},
           {"{ keep_versions = 0 }", "keep_versions"},
           {"{ keep_versions_for = 7 }", "keep_versions_for must be a string"}}) {
    EXPECT_THAT(Read(table), FailsWith(ErrorCode::kInvalidConfig, words));
    EXPECT_THAT(Read(table), FailsWith(ErrorCode::kInvalidConfig, "metaxy.toml:3"));
  }
}

TEST(AgeTest, ReadsUnits) {
  for (const auto& [text, seconds] :
       std::vector<std::pair<std::string, int64_t>>{{"0", 0},
                                                    {"0s", 0},
                                                    {"90s", 90},
                                                    {"15m", 900},
                                                    {"12h", 43200},
                                                    {"7d", 604800},
                                                    {"2w", 1209600},
                                                    {"3 d", 259200}}) {
    EXPECT_EQ(Get(ParseAge(text)).count(), seconds) << text;
  }
  for (const char* text :
       {"", "7", "-1d", "1.5h", "d", "7 days", "99999999999999999999s", "9999999w"})
    EXPECT_THAT(ParseAge(text), FailsWith(ErrorCode::kInvalidInput, "is not a valid age"));
}

}  // namespace
}  // namespace metaxy::testing
