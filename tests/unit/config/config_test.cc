#include "metaxy/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/json_schema.h"
#include "metaxy/errors.h"
#include "support/records.h"
#include "support/temp_dir.h"

namespace metaxy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;
using Variables = std::vector<std::pair<std::string, std::string>>;

ConfigLoadOptions In(const testing::TempDir& directory) {
  ConfigLoadOptions options;
  options.environment.emplace();
  options.start_directory = directory.path();
  options.search_parents = false;
  return options;
}

struct BadFile {
  const char* name;
  const char* text;
  const char* message;  // after the path of the file
};

class BadConfig : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadConfig, IsRefusedWithFileAndLine) {
  testing::TempDir directory;
  fs::path file = directory.Write("metaxy.toml", GetParam().text);
  arrow::Status status = MetaxyConfig::Load(In(directory)).status();
  EXPECT_TRUE(IsError(status, ErrorCode::kInvalidConfig)) << status;
  EXPECT_THAT(status.message(), HasSubstr(file.string() + GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadConfig,
    ::testing::Values(
        BadFile{"Syntax", "store = 'a'\nx = \n", ":2:5: not valid TOML: "},
        BadFile{"UnknownKey", "\nstor = 'a'\n", ":2: unknown key 'stor'; did you mean 'store'?"},
        BadFile{"WrongType", "project = 'p'\n\nstore = 1\n",
                ":3: store must be a string, not an integer"},
        BadFile{"WrongItem", "entrypoints = [\n 'a',\n 1\n]\n",
                ":3: entrypoints[1] must be a string, not an integer"},
        BadFile{"TooShort", "hash_truncation_length = 7\n",
                ":1: hash_truncation_length must be at least 8, not 7"},
        BadFile{"StoreKey", "[stores.a]\ntype = 'x'\nconfg = {}\n",
                ":3: unknown key 'confg' in [stores.a]; did you mean 'config'?"},
        BadFile{"MisplacedUri", "[stores.a]\ntype = 'x'\nuri = 'x'\n",
                ":3: unknown key 'uri' in [stores.a]; it belongs in [stores.a.config]"},
        BadFile{"CppKey", "[ext.cpp]\nentrypoint = []\n",
                ":2: unknown key 'entrypoint' in [ext.cpp]; did you mean 'entrypoints'?"},
        BadFile{"MemoryLimit", "[ext.cpp.stores.dev]\nmemory_limit = '2 gigs'\n",
                ":2: ext.cpp.stores.dev.memory_limit: '2 gigs' is not a valid size; write a number "
                "with a unit, such as 512MiB or 2GiB"},
        BadFile{"Fallback", "[ext.cpp.stores.dev]\nfallback = 'samples'\n",
                ":2: ext.cpp.stores.dev.fallback: 'samples' is not valid; use \"feature\" or "
                "\"overlay\""},
        BadFile{"FallbackType", "[ext.cpp.stores.dev]\nfallback = true\n",
                ":2: ext.cpp.stores.dev.fallback must be \"feature\" or \"overlay\""},
        BadFile{"MemoryLimitType", "[ext.cpp.stores.dev]\nmemory_limit = []\n",
                ":2: ext.cpp.stores.dev.memory_limit must be a size such as \"2GiB\""},
        BadFile{"Delta", "[ext.cpp.stores.dev]\ndelta = 'fast'\n",
                ":2: ext.cpp.stores.dev.delta: delta 'fast' is not known; use auto, off or verify"},
        BadFile{"DeltaType", "[ext.cpp.stores.dev]\ndelta = []\n",
                ":2: ext.cpp.stores.dev.delta must be"},
        BadFile{"UnconditionalWrites",
                "[ext.cpp.stores.dev]\nallow_unconditional_writes = 'maybe'\n",
                ":2: ext.cpp.stores.dev.allow_unconditional_writes must be true or false, not "
                "'maybe'"},
        BadFile{"CppEntrypoints", "[ext.cpp]\nentrypoints = 'a.toml'\n",
                ":2: ext.cpp.entrypoints must be a list of strings, not a string"},
        BadFile{"Selection", "[[extra_features]]\nkeys = ['A/b']\n",
                ":2: extra_features[0].keys[0]: "},
        BadFile{"Project", "project = 'a/b'\n", ":1: project 'a/b' may contain only letters"},
        BadFile{"Extend", "store = 'a'\nextend = 'none.toml'\n",
                ":2: extend names 'none.toml', which does not exist"}),
    [](const auto& test) { return test.param.name; });

TEST(ConfigTest, ReportsAllMistakesAtOnce) {
  testing::TempDir directory;
  directory.Write("metaxy.toml", "store = 1\nsync = 'x'\nfoo = 1\n");
  std::string message = MetaxyConfig::Load(In(directory)).status().message();
  EXPECT_THAT(message, HasSubstr(":1: store"));
  EXPECT_THAT(message, HasSubstr(":2: sync"));
  EXPECT_THAT(message, HasSubstr(":3: unknown key 'foo'"));
}

TEST(ConfigTest, NamesTheFileOfAnExtendedValue) {
  testing::TempDir directory;
  fs::path base = directory.Write("base.toml", "\nsync = 'perhaps'\n");
  directory.Write("metaxy.toml", "extend = 'base.toml'\n");
  EXPECT_THAT(MetaxyConfig::Load(In(directory)).status().message(),
              HasSubstr(base.string() + ":2: sync must be true or false, not 'perhaps'"));
}

TEST(ConfigTest, NamesTheVariableButNotASecret) {
  testing::TempDir directory;
  ConfigLoadOptions options = In(directory);
  options.environment = Variables{{"METAXY_STORES__A__TYPE", "t"},
                                  {"METAXY_STORES__A__CONFIG", "{\"api_key\": s3cret"}};
  std::string message = MetaxyConfig::Load(options).status().message();
  EXPECT_THAT(message, HasSubstr("METAXY_STORES__A__CONFIG: "));
  EXPECT_THAT(message, Not(HasSubstr("s3cret")));
}

TEST(ConfigTest, WarnsOfAnIncompleteStoreWithoutItsValues) {
  testing::TempDir directory;
  ConfigLoadOptions options = In(directory);
  options.environment =
      Variables{{"METAXY_STORES__PROD__CONFIG__CONNECT_KWARGS__API_KEY", "s3cret"}};
  testing::Records records;
  options.on_log = records.function();
  ASSERT_TRUE(MetaxyConfig::Load(options).ok());
  const std::vector<std::string> warnings = records.warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("'prod'"));
  EXPECT_THAT(warnings[0], HasSubstr("METAXY_STORES__PROD__CONFIG__CONNECT_KWARGS__API_KEY"));
  EXPECT_THAT(warnings[0], Not(HasSubstr("s3cret")));
}

TEST(ConfigTest, AnExplicitFileWinsOverTheVariable) {
  testing::TempDir directory;
  fs::path a = directory.Write("a.toml", "store = 'a'\n");
  fs::path b = directory.Write("b.toml", "store = 'b'\n");
  ConfigLoadOptions options = In(directory);
  options.environment = Variables{{"METAXY_CONFIG", b.string()}};
  EXPECT_EQ(MetaxyConfig::Load(options)->store, "b");
  options.config_file = a;
  auto config = MetaxyConfig::Load(options);
  EXPECT_EQ(config->store, "a");
  EXPECT_EQ(config->config_file(), a);
  EXPECT_EQ(config->directory(), directory.path());
}

TEST(ConfigTest, SaysWhenTheFileOfTheVariableIsMissing) {
  testing::TempDir directory;
  ConfigLoadOptions options = In(directory);
  options.environment = Variables{{"METAXY_CONFIG", "/none/x.toml"}};
  EXPECT_THAT(MetaxyConfig::Load(options).status().message(),
              HasSubstr("METAXY_CONFIG names '/none/x.toml', which does not exist"));
}

TEST(ConfigTest, SaysWhenTheFileCannotBeRead) {
  testing::TempDir directory;
  ConfigLoadOptions options = In(directory);
  options.config_file = directory.path() / "none.toml";
  EXPECT_THAT(MetaxyConfig::Load(options).status().message(), HasSubstr("none.toml: No such file"));
  options.config_file = directory.path();
  EXPECT_THAT(MetaxyConfig::Load(options).status().message(), HasSubstr("it is a directory"));
}

TEST(ConfigTest, FindsTheLockFile) {
  testing::TempDir directory;
  directory.Write("metaxy.toml", "");
  EXPECT_EQ(MetaxyConfig::Load(In(directory))->lock_file(), directory.path() / "metaxy.lock");
  directory.Write("metaxy.toml", "metaxy_lock_path = 'x/y.lock'\n");
  EXPECT_EQ(MetaxyConfig::Load(In(directory))->lock_file(), directory.path() / "x/y.lock");
  directory.Write("metaxy.toml", "metaxy_lock_path = '/x/y.lock'\n");
  EXPECT_EQ(MetaxyConfig::Load(In(directory))->lock_file(), "/x/y.lock");
}

TEST(ConfigTest, ReadsMemoryLimitsOfStores) {
  testing::TempDir directory;
  directory.Write("metaxy.toml",
                  "[ext.cpp.stores.dev]\nmemory_limit = '2GiB'\n"
                  "[ext.cpp.stores.'a b']\nmemory_limit = 1000\ndelta = 'verify'\n");
  auto config = MetaxyConfig::Load(In(directory));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config->memory_limit("dev"), int64_t{2} << 30);
  EXPECT_EQ(*config->memory_limit("a b"), 1000);
  EXPECT_EQ(*config->memory_limit("other"), std::nullopt);
  EXPECT_EQ(*config->delta("dev"), DeltaMode::kAuto);
  EXPECT_EQ(*config->delta("a b"), DeltaMode::kVerify);
}

TEST(ConfigTest, EntrypointsAreRelativeToTheFileThatNamesThem) {
  testing::TempDir directory;
  directory.Write("shared/base.toml",
                  "entrypoints = ['a.json']\n[ext.cpp]\nentrypoints = ['../b.toml']\n");
  directory.Write("metaxy.toml", "extend = 'shared/base.toml'\nentrypoints = ['c.json']\n");
  auto config = MetaxyConfig::Load(In(directory));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->entrypoints, (std::vector<std::string>{"a.json", "c.json"}));
  EXPECT_EQ(*config->cpp_entrypoints(), std::vector<std::string>{"../b.toml"});
  EXPECT_EQ(config->ResolveEntrypoint("a.json"), directory.path() / "shared/a.json");
  EXPECT_EQ(config->ResolveEntrypoint("../b.toml"), directory.path() / "b.toml");
  EXPECT_EQ(config->ResolveEntrypoint("c.json"), directory.path() / "c.json");
  EXPECT_EQ(config->ResolveEntrypoint("/x/d.json"), "/x/d.json");
}

// A key of the schema that is not read would be refused as unknown; here its value alone is wrong.
TEST(ExtCppSchemaTest, HasOnlyKeysThatAreRead) {
  const Json schema = internal::ConfigSchema();
  for (const auto& [definition, section] : std::vector<std::pair<std::string, std::string>>{
           {"ExtCppStore", "ext.cpp.stores.dev"},
           {"Maintenance", "ext.cpp.stores.dev.maintenance"}}) {
    const Json* keys = schema.Find("$defs")->Find(definition)->Find("properties");
    for (const auto& [key, property] : keys->as_object()) {
      testing::TempDir directory;
      directory.Write("metaxy.toml", "[" + section + "]\n" + key + " = [[1]]\n");
      const std::string message = MetaxyConfig::Load(In(directory)).status().message();
      EXPECT_THAT(message, HasSubstr(section + "." + key));
      EXPECT_THAT(message, Not(HasSubstr("unknown key")));
    }
  }
}

}  // namespace
}  // namespace metaxy
