// Compares with the Python package's results for the same files and variables
// (tests/reference/recorded/capture/capture_config.py).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "metaxy/config.h"
#include "metaxy/errors.h"
#include "support/temp_dir.h"
#include "test_paths.h"

namespace metaxy {
namespace {

std::vector<Json> Cases() {
  std::ifstream file(testing::SourceDir() + "/tests/reference/recorded/goldens/config.json");
  std::ostringstream text;
  text << file.rdbuf();
  auto json = Json::Parse(text.str());
  if (!json.ok()) return {};
  return json->as_array();
}

class ConfigConformance : public ::testing::TestWithParam<Json> {};

TEST_P(ConfigConformance, GivesWhatTheReferenceGives) {
  const Json& golden = GetParam();
  testing::TempDir directory;
  for (const auto& [name, text] : golden.Find("files")->as_object())
    directory.Write(name, text.as_string());
  int warnings = 0;
  ConfigLoadOptions options;
  options.environment.emplace();
  for (const auto& [name, text] : golden.Find("env")->as_object()) {
    options.environment->emplace_back(name, text.as_string());
  }
  options.on_log = [&warnings](const LogRecord&) { ++warnings; };
  options.start_directory = directory.path();
  options.search_parents = golden.Find("start")->is_string();
  if (options.search_parents) *options.start_directory /= golden.Find("start")->as_string();
  if (golden.Find("file")->is_string())
    options.config_file = directory.path() / golden.Find("file")->as_string();

  arrow::Result<MetaxyConfig> config = MetaxyConfig::Load(options);

  const Json& result = *golden.Find("result");
  if (result.Find("error") != nullptr) {
    ASSERT_FALSE(config.ok()) << config->ToJson().DumpPython();
    EXPECT_TRUE(IsError(config.status(), ErrorCode::kInvalidConfig)) << config.status();
    EXPECT_EQ(config.status().message().find('\n'), std::string::npos) << config.status();
    return;
  }
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ToJson().DumpPython(), result.Find("config")->DumpPython());
  EXPECT_EQ(std::to_string(warnings), result.Find("warnings")->as_integer().digits);
}

INSTANTIATE_TEST_SUITE_P(Goldens, ConfigConformance, ::testing::ValuesIn(Cases()),
                         [](const auto& test) {
                           std::string name = std::to_string(test.index) + "_";
                           for (char c : test.param.Find("name")->as_string())
                             name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(ConfigConformanceGoldens, AreThere) { EXPECT_GT(Cases().size(), 100u); }

}  // namespace
}  // namespace metaxy
