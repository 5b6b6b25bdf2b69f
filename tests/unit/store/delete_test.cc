// Deleting rows, and copying them between stores.
#include <utility>

#include "metaxy/filter.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class DeleteTest : public StoreTest {
 protected:
  static std::vector<arrow::compute::Expression> Where(const char* text) {
    return {Get(ParseFilter(text))};
  }
};

TEST_F(DeleteTest, SoftDeleteHidesRowsAndKeepsTheirHistory) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto updated = Rows(*database_->tables.at("video"), {"metaxy_updated_at"});
  ASSERT_THAT(store->Delete("video", Where("size = 1")), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id"}), ElementsAre("b"));
  EXPECT_THAT(ReadRows(*store, "video", {"id"}, {.include_soft_deleted = true}),
              ElementsAre("a", "b"));
  EXPECT_EQ(database_->tables.at("video")->num_rows(), 3);
  // A deletion is not an update.
  const auto after = Rows(*database_->tables.at("video"), {"metaxy_updated_at"});
  EXPECT_EQ(after.back(), updated.back());
  // A sample that is written again reappears.
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"id"}), ElementsAre("a", "b"));
}

TEST_F(DeleteTest, HardDeleteRemovesEveryMatchingRow) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Delete("video", Where("id = 'a'"), {.soft = false}), IsOk());
  EXPECT_THAT(Rows(*database_->tables.at("video"), {"id"}), ElementsAre("b", "b"));
  ASSERT_THAT(store->Delete("video", {}, {.soft = false, .with_feature_history = true}), IsOk());
  EXPECT_EQ(database_->tables.at("video")->num_rows(), 0);
}

TEST_F(DeleteTest, LeavesOtherVersionsAloneUnlessAsked) {
  ASSERT_THAT(OpenStore(VideoGraph())->Write("video", TwoVideos()), IsOk());
  auto graph = std::make_shared<FeatureGraph>();
  ASSERT_THAT(
      graph->AddFeature({.key = "video",
                         .id_columns = {"id"},
                         .fields = {{.key = "audio", .code_version = "2"}, {.key = "frames"}}},
                        "test"),
      IsOk());
  auto store = OpenStore(graph);
  ASSERT_THAT(store->Delete("video", {}, {.soft = false}), IsOk());
  EXPECT_EQ(database_->tables.at("video")->num_rows(), 2);
  ASSERT_THAT(store->Delete("video", {}, {.soft = false, .with_feature_history = true}), IsOk());
  EXPECT_EQ(database_->tables.at("video")->num_rows(), 0);
}

TEST_F(DeleteTest, RefusesWhatIsNotThere) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->Delete("video", {}, {.soft = false}),
              FailsWith(ErrorCode::kFeatureNotFound, "'video'"));
  EXPECT_THAT(store->Delete("video"), FailsWith(ErrorCode::kFeatureNotFound, "'video'"));
  EXPECT_THAT(store->Delete("metaxy-system/feature_versions"),
              FailsWith(ErrorCode::kInvalidInput, "a system table of metaxy"));
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_THAT(store->Delete("video", Where("siz = 1")), FailsWith(ErrorCode::kInvalidInput, "siz"));
}

// Whether there is something to copy shows when it is read.
TEST_F(DeleteTest, CopyLooksAtTheSourceOnce) {
  auto source = OpenStore(VideoGraph());
  ASSERT_THAT(source->Write("video", TwoVideos()), IsOk());
  auto target =
      MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                {.graph = VideoGraph(), .project = "test", .name = "copy"});
  ASSERT_THAT(target->Open(AccessMode::kWrite), IsOk());
  int scans = 0;
  database_->on_scan = [&](const std::string&) { ++scans; };
  EXPECT_EQ(Get(Get(source->Read("video"))->ToTable())->num_rows(), 2);
  const int scans_of_a_read = std::exchange(scans, 0);
  EXPECT_EQ(Get(target->CopyMetadata(*source, std::vector<FeatureKey>{"video"})).rows_copied, 2);
  EXPECT_EQ(scans, scans_of_a_read);
  EXPECT_EQ(Get(target->CopyMetadata(*source, std::vector<FeatureKey>{"video"},
                                     {.global_filters = Where("size = 3")}))
                .rows_copied,
            0);
  database_->on_scan = nullptr;
}

TEST_F(DeleteTest, CopyKeepsVersionsAndSkipsWhatTheSourceLacks) {
  auto source = OpenStore(VideoGraph());
  ASSERT_THAT(source->Write("video", TwoVideos()), IsOk());
  auto copied = std::make_shared<MemoryDatabase>();
  auto target = MemoryMetadataStore::Make(
      copied, {.graph = VideoGraph("2"), .project = "test", .name = "copy"});
  ASSERT_THAT(target->Open(AccessMode::kWrite), IsOk());
  const CopyResult result =
      Get(target->CopyMetadata(*source, std::nullopt, {.global_filters = Where("size = 2")}));
  EXPECT_EQ(result.features_copied, 1);
  EXPECT_EQ(result.rows_copied, 1);
  const std::vector<std::string> kept = {"id", "metaxy_feature_version", "metaxy_project_version",
                                         "metaxy_created_at"};
  EXPECT_EQ(Rows(*copied->tables.at("video"), kept),
            std::vector<std::string>{Rows(*database_->tables.at("video"), kept)[1]});
  EXPECT_EQ(copied->tables.size(), 1U);
}

}  // namespace
}  // namespace metaxy::testing
