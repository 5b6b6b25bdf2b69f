// Recording definitions in the store.
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PushTest : public StoreTest {
 protected:
  int64_t PushedRows() const {
    return database_->tables.at("metaxy_system__feature_versions")->num_rows();
  }
};

TEST_F(PushTest, IsIdempotent) {
  auto store = OpenStore(VideoGraph());
  const PushResult first =
      Get(store->definitions().PushGraphSnapshot("test", {.tags = {{"git", "abc"}}}));
  EXPECT_FALSE(first.already_pushed);
  EXPECT_EQ(first.project_version, store->graph()->GetProjectVersion("test"));
  EXPECT_EQ(PushedRows(), 3);
  const PushResult second = Get(store->definitions().PushGraphSnapshot("test"));
  EXPECT_TRUE(second.already_pushed);
  EXPECT_THAT(second.updated_features, IsEmpty());
  EXPECT_EQ(PushedRows(), 3);
}

TEST_F(PushTest, NewAndOldVersionsAreWrittenAgain) {
  const auto push = [&](const std::string& code_version) {
    return Get(OpenStore(VideoGraph(code_version))->definitions().PushGraphSnapshot("test"))
        .already_pushed;
  };
  EXPECT_FALSE(push("1"));
  EXPECT_FALSE(push("2"));
  EXPECT_FALSE(push("1"));  // an older version again
  EXPECT_TRUE(push("1"));
  EXPECT_EQ(PushedRows(), 9);
}

TEST_F(PushTest, TableHasTheReferencesColumns) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->definitions().PushGraphSnapshot("test", {.tags = {{"git", "abc"}}}), IsOk());
  const auto& table = *database_->tables.at("metaxy_system__feature_versions");
  EXPECT_THAT(
      table.schema()->field_names(),
      ElementsAre("project", "feature_key", "metaxy_feature_version", "metaxy_definition_version",
                  "recorded_at", "feature_spec", "feature_schema", "feature_class_path",
                  "metaxy_project_version", "tags", "deleted_at"));
  EXPECT_TRUE(table.schema()
                  ->GetFieldByName("recorded_at")
                  ->type()
                  ->Equals(arrow::timestamp(arrow::TimeUnit::MICRO)));
  const auto tags = Rows(table, {"tags"});
  EXPECT_THAT(tags[0], ::testing::StartsWith(R"({"git": "abc", "metaxy": "{\"version\": )"));
}

TEST_F(PushTest, NeedsFeaturesOfTheProject) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->definitions().PushGraphSnapshot("other"),
              FailsWith(ErrorCode::kInvalidInput, "'other'"));
}

}  // namespace
}  // namespace metaxy::testing
