// `[ext.cpp.stores.NAME]` as a value of its own.
#include "metaxy/store_settings.h"

#include <gtest/gtest.h>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

arrow::Result<StoreSettings> Read(const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const Json json, Json::Parse(table));
  return StoreSettings::FromJson(json, "a b");
}

TEST(StoreSettingsTest, AreRead) {
  const StoreSettings settings =
      Get(Read(R"({"memory_limit": "2GiB", "maintenance": {"auto": false, "every_commits": 5},
                   "allow_unconditional_writes": true, "fallback": "overlay", "delta": "off"})"));
  EXPECT_EQ(settings.memory_limit, int64_t{2} << 30);
  EXPECT_FALSE(settings.maintenance.automatic);
  EXPECT_EQ(settings.maintenance.every_commits, 5);
  EXPECT_TRUE(settings.allow_unconditional_writes);
  EXPECT_EQ(settings.fallback, FallbackMode::kOverlay);
  EXPECT_EQ(settings.delta, DeltaMode::kOff);
}

TEST(StoreSettingsTest, HaveDefaults) {
  const StoreSettings settings = Get(Read("{}"));
  EXPECT_EQ(settings.memory_limit, std::nullopt);
  EXPECT_TRUE(settings.maintenance.automatic);
  EXPECT_FALSE(settings.allow_unconditional_writes);
  EXPECT_EQ(settings.fallback, FallbackMode::kFeature);
  EXPECT_EQ(settings.delta, DeltaMode::kAuto);
}

// Environment variables give nothing else.
TEST(StoreSettingsTest, MayBeTexts) {
  const StoreSettings settings = Get(Read(
      R"({"memory_limit": "1000", "maintenance": {"auto": "no", "every_commits": "7"},
          "allow_unconditional_writes": "yes"})"));
  EXPECT_EQ(settings.memory_limit, 1000);
  EXPECT_FALSE(settings.maintenance.automatic);
  EXPECT_EQ(settings.maintenance.every_commits, 7);
  EXPECT_TRUE(settings.allow_unconditional_writes);
}

TEST(StoreSettingsTest, MistakesAreReportedWithTheirKey) {
  for (const auto& [table, words] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "ext.cpp.stores.a b must be a table"},
           {R"({"memory": 1})", "unknown key 'memory' in [ext.cpp.stores.a b]"},
           {R"({"memory_limit": "2 gigs"})", "ext.cpp.stores.a b.memory_limit: '2 gigs'"},
           {R"({"maintenance": true})", "ext.cpp.stores.a b.maintenance must be a table"},
           {R"({"maintenance": {"automatic": true}})",
            "unknown key 'automatic' in [ext.cpp.stores"},
           {R"({"allow_unconditional_writes": 2})", "allow_unconditional_writes must be true or"},
           {R"({"fallback": "samples"})", "ext.cpp.stores.a b.fallback: 'samples' is not valid"},
           {R"({"delta": "fast"})", "ext.cpp.stores.a b.delta: delta 'fast' is not known"}})
    EXPECT_THAT(Read(table), FailsWith(ErrorCode::kInvalidConfig, words)) << table;
}

}  // namespace
}  // namespace metaxy::testing
