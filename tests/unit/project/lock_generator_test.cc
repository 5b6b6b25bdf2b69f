// Writing metaxy.lock, byte for byte as the Python package does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "metaxy/project.h"
#include "project/lock_file.h"
#include "project/lock_toml.h"
#include "support/external_case.h"
#include "support/matchers.h"
#include "support/records.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Locking {
  explicit Locking(const ExternalCase& test_case) : store(test_case.store()) {
    MetaxyConfig config;
    config.project = test_case.project();
    config.extra_features = test_case.extra_features();
    project = Project::Make(std::move(config), test_case.graph(), records.function());
  }

  arrow::Result<LockFileResult> Lock() const { return project->Lock(*store, {.output = path()}); }
  std::filesystem::path path() const { return directory.path() / "metaxy.lock"; }

  TempDir directory;
  Records records;
  std::shared_ptr<MetadataStore> store;
  std::shared_ptr<Project> project;
};

ExternalCase CaseNamed(const std::string& name) {
  for (const ExternalCase& test_case : ExternalCases()) {
    if (test_case.name() == name) return test_case;
  }
  ADD_FAILURE() << "there is no case " << name;
  std::abort();
}

class LockConformance : public ::testing::TestWithParam<ExternalCase> {};

TEST_P(LockConformance, Lock) {
  const Locking locking(GetParam());
  const auto result = locking.Lock();
  if (GetParam().name() == "parent_of_another_project_changed") {
    // The one deliberate difference: see docs/differences.md.
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(locking.records.warnings(),
                ::testing::ElementsAre(::testing::AllOf(HasSubstr("'down/top'"),
                                                        HasSubstr("up/raw was pushed later"))));
  } else if (GetParam().lock().is_null()) {
    EXPECT_FALSE(result.ok());
    EXPECT_FALSE(std::filesystem::exists(locking.path()));
  } else {
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(Content(locking.path()), GetParam().lock().as_string());
    EXPECT_FALSE(Get(locking.Lock()).changed());
    // What was written is read back unchanged.
    const auto features = Get(internal::ReadLockFile(locking.path()));
    EXPECT_EQ(internal::LockFileText(features), GetParam().lock().as_string());
    EXPECT_THAT(locking.records.warnings(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, LockConformance, ::testing::ValuesIn(ExternalCases()),
                         [](const auto& test) { return test.param.name(); });

TEST(LockTest, ADryRunSaysWhatWouldChange) {
  const Locking locking(CaseNamed("selected_both"));
  const LockFileResult result =
      Get(locking.project->Lock(*locking.store, {.output = locking.path(), .dry_run = true}));
  EXPECT_TRUE(result.changed());
  EXPECT_FALSE(std::filesystem::exists(locking.path()));
}

TEST(LockTest, SaysWhatHasChanged) {
  const Locking old_lock(CaseNamed("selected_both"));
  const LockFileResult first = Get(old_lock.Lock());
  EXPECT_EQ(first.added.size(), 4u);
  EXPECT_EQ(first.unchanged_count, 0);

  const Locking new_lock(CaseNamed("placeholders_differ"));
  std::filesystem::copy(old_lock.path(), new_lock.path());
  const LockFileResult second = Get(new_lock.Lock());
  ASSERT_EQ(second.updated.size(), 1u);
  EXPECT_EQ(second.updated[0].key, "up/raw");
  EXPECT_FALSE(second.updated[0].metadata_only());
  ASSERT_EQ(second.removed.size(), 2u);
  EXPECT_EQ(second.removed[0].key, "down/top");
  EXPECT_EQ(second.removed[1].key, "up/side");
  EXPECT_EQ(second.unchanged_count, 1);
  EXPECT_EQ(Content(new_lock.path()), CaseNamed("placeholders_differ").lock().as_string());
}

TEST(LockTest, LeavesAnUnchangedFileAlone) {
  const Locking locking(CaseNamed("dependencies"));
  ASSERT_THAT(locking.Lock(), IsOk());
  const std::string text = Content(locking.path()) + "# a remark\n";
  locking.directory.Write("metaxy.lock", text);
  EXPECT_FALSE(Get(locking.Lock()).changed());
  EXPECT_EQ(Content(locking.path()), text);
}

TEST(LockTest, ReplacesABrokenFile) {
  for (const char* name : {"dependencies", "nothing_needed"}) {
    const Locking locking(CaseNamed(name));
    locking.directory.Write("metaxy.lock", "[features\n");
    ASSERT_THAT(locking.Lock(), IsOk());
    EXPECT_EQ(Content(locking.path()), CaseNamed(name).lock().as_string());
    EXPECT_THAT(locking.records.warnings(), ::testing::ElementsAre(HasSubstr("cannot be read")));
  }
}

TEST(LockTest, AFailureLeavesTheFileAsItWas) {
  const Locking locking(CaseNamed("dependency_not_there"));
  locking.directory.Write("metaxy.lock", "[features]\n");
  EXPECT_THAT(locking.Lock(), FailsWith(ErrorCode::kFeatureNotFound, "up/mid"));
  EXPECT_EQ(Content(locking.path()), "[features]\n");
}

TEST(LockTest, NamesTheVersionsThatDiffer) {
  const Locking locking(CaseNamed("own_feature_is_a_parent"));
  EXPECT_THAT(locking.Lock(), FailsWith(ErrorCode::kVersionMismatch, "'up/mid'"));
}

TEST(LockTest, NeedsAProject) {
  const ExternalCase test_case = CaseNamed("dependencies");
  const Locking locking(test_case);
  const auto project = Project::Make(MetaxyConfig(), test_case.graph());
  EXPECT_THAT(project->Lock(*locking.store, {.output = locking.path()}),
              FailsWith(ErrorCode::kInvalidConfig, "project"));
}

TEST(LockTest, FollowsALink) {
  const Locking locking(CaseNamed("dependencies"));
  std::filesystem::create_symlink("other.lock", locking.path());
  ASSERT_THAT(locking.Lock(), IsOk());
  EXPECT_TRUE(std::filesystem::is_symlink(locking.path()));
  EXPECT_EQ(Content(locking.directory.path() / "other.lock"),
            CaseNamed("dependencies").lock().as_string());
}

TEST(LockTomlTest, LeavesOutWhatTomlLacks) {
  const Json table = Get(Json::Parse(
      R"({"a": null, "z": 10000000000000000000000, "b": [1, null, {"c": null, "d": 2}, 9223372036854775808],
      "e": {"f": null}, "g": [{"h": null}]})"));
  EXPECT_EQ(internal::WriteLockToml(table), "b = [1, {d = 2}]\n\n[[g]]\n\n[e]\n");
}

}  // namespace
}  // namespace metaxy::testing
