// Chains of fallback stores.
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

TEST_F(StoreTest, ReadsFromTheFirstStoreThatHasTheFeature) {
  auto graph = VideoGraph();
  auto production_data = std::make_shared<MemoryDatabase>();
  auto production = MemoryMetadataStore::Make(production_data,
                                              {.graph = graph, .project = "test", .name = "prod"});
  ASSERT_THAT(production->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(production->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(production->Close(), IsOk());
  auto staging = MemoryMetadataStore::Make(
      std::make_shared<MemoryDatabase>(),
      {.graph = graph, .project = "test", .name = "staging", .fallback_stores = {production}});
  auto dev = MemoryMetadataStore::Make(
      database_, {.graph = graph, .project = "test", .name = "dev", .fallback_stores = {staging}});
  ASSERT_THAT(dev->Open(AccessMode::kWrite), IsOk());

  EXPECT_THAT(ReadRows(*dev, "video", {"id"}), ElementsAre("a", "b"));
  EXPECT_EQ(Get(dev->FindStoreForFeature("video")), production.get());
  EXPECT_FALSE(Get(dev->HasFeature("video")));
  EXPECT_TRUE(Get(dev->HasFeature("video", true)));
  EXPECT_THAT(dev->Read("video", {.allow_fallback = false}),
              FailsWith(ErrorCode::kFeatureNotFound, "'dev'"));

  // Inputs come from the chain, but the store itself decides what already exists.
  Update(*dev, "video/crop");
  EXPECT_EQ(database_->tables.count("video__crop"), 1U);
  EXPECT_EQ(production_data->tables.count("video__crop"), 0U);
  EXPECT_TRUE(Counts(*dev, "video/crop").empty());
}

TEST_F(StoreTest, FallbackStoresAreOpenAsLongAsTheyAreNeeded) {
  auto graph = VideoGraph();
  const auto make = [&](const char* name, std::vector<std::shared_ptr<MetadataStore>> fallbacks) {
    return MemoryMetadataStore::Make(
        std::make_shared<MemoryDatabase>(),
        {.graph = graph, .project = "test", .name = name, .fallback_stores = std::move(fallbacks)});
  };
  auto production = make("prod", {});
  auto staging = make("staging", {production});
  auto first = make("first", {staging});
  auto second = make("second", {staging});
  ASSERT_THAT(first->Open(), IsOk());
  ASSERT_THAT(second->Open(), IsOk());
  EXPECT_FALSE(staging->is_open());
  EXPECT_FALSE(Get(first->HasFeature("video", true)));
  EXPECT_FALSE(Get(second->HasFeature("video", true)));
  EXPECT_TRUE(production->is_open());
  EXPECT_THAT(staging->Write("video", TwoVideos()), FailsWith(ErrorCode::kStoreNotOpen, "reading"));
  ASSERT_THAT(first->Close(), IsOk());
  EXPECT_FALSE(Get(second->HasFeature("video", true)));
  ASSERT_THAT(second->Close(), IsOk());
  EXPECT_FALSE(staging->is_open());
  EXPECT_FALSE(production->is_open());

  // What its owner opened stays open.
  ASSERT_THAT(production->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(first->Open(), IsOk());
  EXPECT_FALSE(Get(first->HasFeature("video", true)));
  ASSERT_THAT(first->Close(), IsOk());
  EXPECT_THAT(production->Write("video", TwoVideos()), IsOk());
}

TEST_F(StoreTest, StoresOfAChainMustHashAlike) {
  auto graph = VideoGraph();
  auto other = MemoryMetadataStore::Make(database_, {.graph = graph,
                                                     .project = "test",
                                                     .name = "prod",
                                                     .hash_algorithm = HashAlgorithm::kSha256});
  auto dev = MemoryMetadataStore::Make(
      database_, {.graph = graph, .project = "test", .name = "dev", .fallback_stores = {other}});
  EXPECT_THAT(dev->Open(), FailsWith(ErrorCode::kHashAlgorithmMismatch, "sha256"));
}

}  // namespace
}  // namespace metaxy::testing
