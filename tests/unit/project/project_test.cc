#include "metaxy/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/matchers.h"
#include "support/records.h"
#include "support/temp_dir.h"

namespace metaxy {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::Get;
using ::testing::HasSubstr;
using testing::IsOk;

std::string Entry(const std::string& key, const std::string& deps = "",
                  const std::string& class_path = "m.C") {
  return R"({"spec": {"key": ")" + key + R"(", "id_columns": ["id"], "deps": [)" + deps +
         R"(], "fields": [{"key": "x", "code_version": "1", "deps": []}]}, "feature_schema": "{}", "feature_class_path": ")" +
         class_path + R"(", "project": "demo"})";
}

std::string Dep(const std::string& key) { return R"({"feature": ")" + key + R"("})"; }

class ProjectTest : public ::testing::Test {
 protected:
  arrow::Result<std::shared_ptr<Project>> Load(const std::string& toml) {
    ConfigLoadOptions options;
    options.environment.emplace();
    options.config_file = directory_.Write("metaxy.toml", toml);
    options.on_log = records_.function();
    return Project::Load(options);
  }

  testing::TempDir directory_;
  testing::Records records_;
};

TEST_F(ProjectTest, LoadsFilesOfBothKindsInTheirOrder) {
  directory_.Write("a.json", "[" + Entry("a") + "]");
  directory_.Write("b.toml", "[[feature]]\nkey = 'b'\nid_columns = ['id']\ndeps = ['a']\n");
  auto project = Get(
      Load("project = 'demo'\nentrypoints = ['a.json']\n[ext.cpp]\nentrypoints = ['b.toml']\n"));
  EXPECT_EQ(project->graph()->ListFeatures("demo"), (std::vector<FeatureKey>{"a", "b"}));
  EXPECT_TRUE(records_.warnings().empty());
}

TEST_F(ProjectTest, ADependencyMayBeDefinedLater) {
  directory_.Write("a.json", "[" + Entry("a", Dep("b")) + ", " + Entry("b") + "]");
  EXPECT_THAT(Load("entrypoints = ['a.json']\n"), IsOk());
}

TEST_F(ProjectTest, ColumnsThatCollideInOneFeatureLeaveTheOthersUsable) {
  const std::string renames = R"({"feature": "a", "rename": {"n": "id"}})";
  directory_.Write("a.json", "[" + Entry("a") + ", " + Entry("b", renames, "m.B") + "]");
  auto project = Get(Load("entrypoints = ['a.json']\n"));
  EXPECT_EQ(project->graph()->definitions().size(), 2u);
  EXPECT_THAT(records_.warnings(), ElementsAre(HasSubstr("renames column 'n' of 'a' to 'id'")));
  EXPECT_THAT(Get(project->graph()->GetFeaturePlan("b")).ValidateColumns(),
              FailsWith(ErrorCode::kInvalidDefinition, "'id'"));
}

TEST_F(ProjectTest, AFileThatIsNamedTwiceIsReadOnce) {
  directory_.Write("a.json", "[" + Entry("a") + "]");
  auto project =
      Get(Load("entrypoints = ['a.json', './a.json']\n[ext.cpp]\nentrypoints = ['a.json']\n"));
  EXPECT_EQ(project->graph()->definitions().size(), 1u);
}

TEST_F(ProjectTest, ReportsPythonModulesOnce) {
  EXPECT_THAT(Load("entrypoints = ['my.features', 'my.features', 'other']\n"), IsOk());
  EXPECT_THAT(records_.warnings(),
              ElementsAre(HasSubstr("'my.features' is a Python module"), HasSubstr("'other'")));
}

TEST_F(ProjectTest, RefusesWhatIsNeitherFileNorModule) {
  EXPECT_THAT(Load("entrypoints = ['./features.yaml']\n"),
              FailsWith(ErrorCode::kInvalidConfig, "neither"));
  EXPECT_THAT(Load("entrypoints = ['none.json']\n"),
              FailsWith(ErrorCode::kInvalidConfig, "there is no file"));
}

TEST_F(ProjectTest, RefusesAKeyInTwoFiles) {
  directory_.Write("a.json", "[" + Entry("a") + "]");
  directory_.Write("b.json", "[" + Entry("a") + "]");
  EXPECT_THAT(Load("entrypoints = ['a.json', 'b.json']\n"),
              FailsWith(ErrorCode::kInvalidDefinition, "the feature 'a' is defined twice, in"));
}

TEST_F(ProjectTest, RefusesAKeyTwiceInAFile) {
  directory_.Write("a.json", "[" + Entry("a") + ",\n" + Entry("a", "", "m.D") + "]");
  EXPECT_THAT(Load("entrypoints = ['a.json']\n"),
              FailsWith(ErrorCode::kInvalidDefinition, "a.json:2"));
}

TEST_F(ProjectTest, RefusesACycle) {
  directory_.Write("a.json", "[" + Entry("a", Dep("b")) + ", " + Entry("b", Dep("c")) + ", " +
                                 Entry("c", Dep("a")) + "]");
  EXPECT_THAT(Load("entrypoints = ['a.json']\n"), FailsWith(ErrorCode::kCycle, "a"));
}

TEST_F(ProjectTest, RefusesAMissingDependency) {
  directory_.Write("a.json", "[" + Entry("a", Dep("vidoe")) + ", " + Entry("video") + "]");
  EXPECT_THAT(Load("entrypoints = ['a.json']\n"),
              FailsWith(ErrorCode::kMissingFeatureDependency,
                        "'vidoe', which is not in the graph; did you mean 'video'?"));
}

TEST_F(ProjectTest, TakesItsNameFromTheFeaturesIfItHasNone) {
  directory_.Write("a.json", "[" + Entry("a") + "]");
  EXPECT_EQ(Get(Get(Load("entrypoints = ['a.json']\n"))->name()), "demo");
  EXPECT_EQ(Get(Get(Load("project = 'other'\nentrypoints = ['a.json']\n"))->name()), "other");
  EXPECT_THAT(Get(Load(""))->name(), FailsWith(ErrorCode::kInvalidInput, "no features"));
}

TEST_F(ProjectTest, UsesTheConfiguredTruncation) {
  auto project = Get(Load("hash_truncation_length = 16\n"));
  EXPECT_EQ(project->graph()->hash_truncation_length(), 16);
}

#ifdef METAXY_TEST_WITH_LANCEDB
constexpr const char* kStore = "type = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n";

std::string Store(const std::string& name, const std::string& config) {
  return "[stores." + name + "]\n" + kStore + "[stores." + name + ".config]\nuri = '/none/" + name +
         "'\n" + config;
}

TEST_F(ProjectTest, MakesAChainOfStores) {
  auto project =
      Get(Load("store = 'a'\nproject = 'demo'\n" + Store("a", "fallback_stores = ['b']\n") +
               Store("b", "fallback_stores = ['c']\n") + Store("c", "")));
  auto store = Get(project->GetStore());
  EXPECT_EQ(store->name(), "a");
  EXPECT_FALSE(store->is_open());
  ASSERT_EQ(store->fallback_stores().size(), 1u);
  EXPECT_EQ(store->fallback_stores()[0]->name(), "b");
  EXPECT_EQ(store->fallback_stores()[0]->fallback_stores()[0]->name(), "c");
  EXPECT_EQ(store->graph(), project->graph());
  EXPECT_EQ(Get(project->GetStore("c"))->name(), "c");
}

TEST_F(ProjectTest, RefusesStoresThatFallBackInACycle) {
  auto project = Get(Load("store = 'a'\n" + Store("a", "fallback_stores = ['b']\n") +
                          Store("b", "fallback_stores = ['a']\n")));
  EXPECT_THAT(project->GetStore(), FailsWith(ErrorCode::kInvalidConfig, "cycle: a -> b -> a"));
}

TEST_F(ProjectTest, RefusesAFallbackStoreThatIsNotThere) {
  auto project = Get(Load("store = 'a'\n" + Store("a", "fallback_stores = ['b']\n")));
  EXPECT_THAT(project->GetStore(), FailsWith(ErrorCode::kInvalidConfig,
                                             "fallback stores of 'a': there is no store 'b'"));
}

TEST_F(ProjectTest, RefusesAFallbackStoreWithAnotherHash) {
  auto project = Get(Load("store = 'a'\n" + Store("a", "fallback_stores = ['b']\n") +
                          Store("b", "hash_algorithm = 'sha256'\n")));
  EXPECT_THAT(project->GetStore(),
              FailsWith(ErrorCode::kHashAlgorithmMismatch, "'a' uses the hash algorithm xxhash32"));
}
#endif

}  // namespace
}  // namespace metaxy
