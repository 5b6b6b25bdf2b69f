#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metaxy/config.h"
#include "metaxy/errors.h"
#include "support/temp_dir.h"

namespace metaxy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

arrow::Result<MetaxyConfig> LoadText(const testing::TempDir& directory, const std::string& text) {
  ConfigLoadOptions options;
  options.environment.emplace();
  options.config_file = directory.Write("metaxy.toml", text);
  return MetaxyConfig::Load(options);
}

std::string Store(const std::string& name, const std::string& config,
                  const std::string& type = "metaxy.ext.lancedb.LanceDBMetadataStore") {
  return "[stores." + name + "]\ntype = \"" + type + "\"\n[stores." + name + ".config]\n" + config +
         "\n";
}

TEST(StoreConfigTest, ReadsTheFiveKeys) {
  testing::TempDir directory;
  auto config =
      LoadText(directory, Store("dev",
                                "uri = 's3://b/p'\nconnect_kwargs = { region = 'x', n = 1 }\n"
                                "fallback_stores = ['a', 'b']\nhash_algorithm = 'sha256'\n"
                                "versioning_engine = 'native'"));
  ASSERT_TRUE(config.ok()) << config.status();
  auto store = config->GetLanceDBStore();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->uri, "s3://b/p");
  EXPECT_EQ(store->connect_kwargs.DumpPython(), R"({"region": "x", "n": 1})");
  EXPECT_EQ(store->fallback_stores, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store->hash_algorithm, HashAlgorithm::kSha256);
  EXPECT_EQ(store->versioning_engine, VersioningEngine::kNative);
}

TEST(StoreConfigTest, LeavesTheRestAtItsDefaults) {
  testing::TempDir directory;
  auto store = LoadText(directory, Store("dev", "uri = 'x'"))->GetLanceDBStore("dev");
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->connect_kwargs.DumpPython(), "{}");
  EXPECT_TRUE(store->fallback_stores.empty());
  EXPECT_EQ(store->hash_algorithm, std::nullopt);
  EXPECT_EQ(store->versioning_engine, VersioningEngine::kAuto);
}

class StoreType : public ::testing::TestWithParam<const char*> {};

TEST_P(StoreType, IsKnown) {
  testing::TempDir directory;
  EXPECT_TRUE(LoadText(directory, Store("dev", "uri = 'x'", GetParam()))->GetLanceDBStore().ok());
}

INSTANTIATE_TEST_SUITE_P(
    Spellings, StoreType,
    ::testing::Values("metaxy.ext.lancedb.LanceDBMetadataStore",
                      "metaxy.ext.lancedb.metadata_store.LanceDBMetadataStore",
                      "metaxy.ext.metadata_stores.lancedb.LanceDBMetadataStore",
                      "metaxy_cpp.LanceDBMetadataStore"));

TEST(StoreConfigTest, AnotherTypeIsAnErrorOnlyWhenItIsUsed) {
  testing::TempDir directory;
  auto config = LoadText(
      directory, Store("dev", "uri = 'x'") +
                     Store("duck", "database = 'x'", "metaxy.ext.duckdb.DuckDBMetadataStore"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->GetLanceDBStore().ok());
  arrow::Status status = config->GetLanceDBStore("duck").status();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidConfig));
  EXPECT_THAT(status.message(),
              HasSubstr("metaxy.toml:5: the store 'duck' has the type "
                        "'metaxy.ext.duckdb.DuckDBMetadataStore', which is not available here"));
}

struct BadStore {
  const char* name;
  const char* config;
  const char* message;
};

class BadStoreConfig : public ::testing::TestWithParam<BadStore> {};

TEST_P(BadStoreConfig, IsRefusedWithItsLine) {
  testing::TempDir directory;
  auto config = LoadText(directory, Store("dev", GetParam().config));
  ASSERT_TRUE(config.ok()) << config.status();
  arrow::Status status = config->GetLanceDBStore().status();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidConfig)) << status;
  EXPECT_THAT(status.message(), HasSubstr(GetParam().message));
  EXPECT_THAT(status.message(), Not(HasSubstr("s3cret")));
}

INSTANTIATE_TEST_SUITE_P(
    Configs, BadStoreConfig,
    ::testing::Values(
        BadStore{"NoUri", "", "metaxy.toml:3: [stores.dev.config] has no 'uri'"},
        BadStore{"UriType", "uri = 5",
                 "metaxy.toml:4: stores.dev.config.uri must be a string, not an integer"},
        BadStore{"UnknownKey", "uri = 'x'\nconect_kwargs = { api_key = 's3cret' }",
                 "metaxy.toml:5: unknown key 'conect_kwargs' in [stores.dev.config]; did you mean "
                 "'connect_kwargs'?"},
        BadStore{"KeyOfAnother", "uri = 'x'\nauto_create_tables = true",
                 "unknown key 'auto_create_tables'"},
        BadStore{"Algorithm", "uri = 'x'\nhash_algorithm = 'SHA256'",
                 "metaxy.toml:5: stores.dev.config.hash_algorithm: "},
        BadStore{
            "Engine", "uri = 'x'\nversioning_engine = 'x'",
            "stores.dev.config.versioning_engine must be 'auto', 'native' or 'polars', not 'x'"},
        BadStore{"Fallback", "uri = 'x'\nfallback_stores = 'b'",
                 "fallback_stores must be a list of strings, not a string"},
        BadStore{"ConnectKwargs", "uri = 'x'\nconnect_kwargs = 's3cret'",
                 "connect_kwargs must be a table, not a string"}),
    [](const auto& test) { return test.param.name; });

TEST(StoreConfigTest, ListsTheStoresThatAreConfigured) {
  testing::TempDir directory;
  auto config = LoadText(
      directory, "store = 'produ'\n" + Store("prod", "uri = 'x'") + Store("dev", "uri = 'y'"));
  EXPECT_THAT(config->GetStore().status().message(),
              HasSubstr("there is no store 'produ' (the value of 'store'); configured are: prod, "
                        "dev; did you mean 'prod'?"));
  EXPECT_THAT(config->GetStore("x").status().message(),
              HasSubstr("there is no store 'x'; configured are: prod, dev"));
  EXPECT_EQ((*config->GetStore("dev"))->name, "dev");
}

TEST(StoreConfigTest, SaysHowToConfigureTheFirstStore) {
  testing::TempDir directory;
  EXPECT_THAT(LoadText(directory, "")->GetStore().status().message(),
              HasSubstr("no store is configured; add [stores.dev]"));
}

TEST(StoreConfigTest, AProgramMayChangeWhatWasRead) {
  testing::TempDir directory;
  auto config = LoadText(directory, Store("dev", "uri = 'x'"));
  config->stores[0].config.Set("uri", "y");
  EXPECT_EQ(config->GetLanceDBStore()->uri, "y");
}

}  // namespace
}  // namespace metaxy
