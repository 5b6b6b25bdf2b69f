// Views: stores on the tables and the connection of another one.
#include <chrono>

#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class ViewTest : public StoreTest {
 protected:
  static arrow::Result<std::shared_ptr<MetadataStore>> ViewOf(
      const MetadataStore& store, std::shared_ptr<const FeatureGraph> graph) {
    return store.View({.graph = std::move(graph), .project = "test", .name = "view"});
  }
};

TEST_F(ViewTest, HasAGraphOfItsOwnOnTheSameTables) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  EXPECT_TRUE(Counts(*store, "video/crop").empty());
  // Under a changed definition everything is new; the store itself is not disturbed.
  auto changed = Get(ViewOf(*store, VideoGraph("2")));
  EXPECT_EQ(Counts(*changed, "video/crop").new_samples, 2);
  Update(*changed, "video/crop");
  EXPECT_TRUE(Counts(*changed, "video/crop").empty());
  EXPECT_TRUE(Counts(*store, "video/crop").empty());
}

TEST_F(ViewTest, IsOpenWhileItsStoreIs) {
  auto graph = VideoGraph();
  auto store = MemoryMetadataStore::Make(database_, {.graph = graph, .project = "test"});
  auto view = Get(ViewOf(*store, graph));
  EXPECT_FALSE(view->is_open());
  EXPECT_THAT(view->Open(), FailsWith(ErrorCode::kStoreNotOpen, "view"));
  ASSERT_THAT(store->Open(AccessMode::kRead), IsOk());
  EXPECT_TRUE(view->is_open());
  EXPECT_THAT(view->Write("video", TwoVideos()), FailsWith(ErrorCode::kStoreNotOpen, "reading"));
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  EXPECT_THAT(view->Write("video", TwoVideos()), IsOk());
  // To close a view closes nothing.
  ASSERT_THAT(view->Close(), IsOk());
  EXPECT_THAT(ReadRows(*view, "video", {"id"}), ElementsAre("a", "b"));
  ASSERT_THAT(store->Close(), IsOk());
  EXPECT_THAT(view->Read("video"), FailsWith(ErrorCode::kStoreNotOpen, ""));
}

TEST_F(ViewTest, MayOutliveItsStore) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  auto view = Get(ViewOf(*store, VideoGraph()));
  const auto increment = Get(view->ResolveUpdateLazy("video/crop"));
  store.reset();
  EXPECT_FALSE(view->is_open());
  view.reset();
  EXPECT_EQ(Get(increment->Collect()).new_samples->num_rows(), 2);
}

TEST_F(ViewTest, BorrowsFallbackStoresOfItsOwn) {
  auto graph = VideoGraph();
  auto production = MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                              {.graph = graph, .project = "test", .name = "prod"});
  ASSERT_THAT(production->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(production->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(production->Close(), IsOk());
  auto store = OpenStore(graph);
  auto view =
      Get(store->View({.graph = graph, .project = "test", .fallback_stores = {production}}));
  EXPECT_THAT(ReadRows(*view, "video", {"id"}), ElementsAre("a", "b"));
  EXPECT_TRUE(production->is_open());
  ASSERT_THAT(view->Close(), IsOk());
  EXPECT_FALSE(production->is_open());
  EXPECT_TRUE(view->is_open());
}

TEST_F(ViewTest, NeedsAGraphAndAlgorithmsThatGoTogether) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(ViewOf(*store, nullptr), FailsWith(ErrorCode::kInvalidInput, "graph"));
  auto other = MemoryMetadataStore::Make(
      database_,
      {.graph = VideoGraph(), .project = "test", .hash_algorithm = HashAlgorithm::kSha256});
  EXPECT_THAT(store->View({.graph = VideoGraph(), .fallback_stores = {other}}),
              FailsWith(ErrorCode::kHashAlgorithmMismatch, "sha256"));
}

TEST_F(ViewTest, WritesTakeTheirTimeFromTheCaller) {
  auto store = OpenStore(VideoGraph());
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::seconds(1700000000)};
  ASSERT_THAT(store->Write("video", TwoVideos(), {.time = time}), IsOk());
  EXPECT_THAT(ReadRows(*store, "video", {"metaxy_created_at"}),
              ::testing::Each(::testing::HasSubstr("2023-11-14 22:13:20")));
  EXPECT_THAT(ReadRows(*store, "video", {"metaxy_updated_at"}),
              ::testing::Each(::testing::HasSubstr("2023-11-14 22:13:20")));
}

}  // namespace
}  // namespace metaxy::testing
