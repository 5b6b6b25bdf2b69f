#include "metaxy/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "metaxy/project.h"
#include "support/matchers.h"
#include "support/temp_dir.h"
#include "test_paths.h"

namespace metaxy {
namespace {

using testing::FailsWith;
using testing::Get;

std::string Plugin(const std::string& name) {
  return testing::BinaryDir() + "/tests/plugins/" + name + ".so";
}

arrow::Result<std::shared_ptr<Project>> LoadWith(const testing::TempDir& directory,
                                                 const std::string& entrypoint,
                                                 const std::string& more = "") {
  ConfigLoadOptions options;
  options.environment.emplace();
  options.config_file =
      directory.Write("metaxy.toml", "project = 'demo'\n" + more + "[ext.cpp]\nentrypoints = ['" +
                                         entrypoint + "']\n");
  return Project::Load(options);
}

TEST(PluginTest, RegistersFeaturesOfTheConfiguredProject) {
  testing::TempDir directory;
  auto project = Get(LoadWith(directory, Plugin("good")));
  EXPECT_EQ(project->graph()->ListFeatures("demo"),
            (std::vector<FeatureKey>{"plugin/video", "plugin/crop"}));
  EXPECT_EQ(Get(project->name()), "demo");
}

TEST(PluginTest, IsFoundRelativeToTheConfiguration) {
  testing::TempDir directory;
  std::filesystem::create_directories(directory.path() / "lib");
  std::filesystem::copy_file(Plugin("good"), directory.path() / "lib/features.so");
  EXPECT_EQ(Get(LoadWith(directory, "lib/features.so"))->graph()->definitions().size(), 2u);
}

TEST(PluginTest, IsLoadedOnceEvenIfItIsNamedTwice) {
  testing::TempDir directory;
  auto project = LoadWith(directory, Plugin("good"), "entrypoints = ['" + Plugin("good") + "']\n");
  EXPECT_EQ(Get(project)->graph()->definitions().size(), 2u);
}

TEST(PluginTest, MayBeLoadedByOneProjectAfterTheOther) {
  testing::TempDir directory;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(Get(LoadWith(directory, Plugin("good")))->graph()->definitions().size(), 2u);
}

TEST(PluginTest, StopsTheLoadingWithItsOwnError) {
  testing::TempDir directory;
  EXPECT_THAT(LoadWith(directory, Plugin("failing")),
              FailsWith(ErrorCode::kInvalidDefinition, "failing.so: no features today"));
}

TEST(PluginTest, MayNotThrow) {
  testing::TempDir directory;
  EXPECT_THAT(LoadWith(directory, Plugin("throwing")),
              FailsWith(ErrorCode::kInternal, "thrown by the plugin"));
}

TEST(PluginTest, MustBeBuiltForThisProgram) {
  testing::TempDir directory;
  EXPECT_THAT(
      LoadWith(directory, Plugin("foreign")),
      FailsWith(ErrorCode::kInvalidConfig, "the library was built for 'metaxy 0, Arrow 1.2.3'"));
}

TEST(PluginTest, MustRegisterSomething) {
  testing::TempDir directory;
  EXPECT_THAT(LoadWith(directory, Plugin("not_a_plugin")),
              FailsWith(ErrorCode::kInvalidConfig, "define METAXY_REGISTER_FEATURES"));
}

TEST(PluginTest, MustBeALibrary) {
  testing::TempDir directory;
  directory.Write("x.so", "this is text");
  EXPECT_THAT(LoadWith(directory, "x.so"),
              FailsWith(ErrorCode::kInvalidConfig, "the library cannot be loaded"));
  EXPECT_THAT(LoadWith(directory, "none.so"),
              FailsWith(ErrorCode::kInvalidConfig, "there is no file"));
}

}  // namespace
}  // namespace metaxy
