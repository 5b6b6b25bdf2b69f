// Answers whose order of rows depends on whole tables are found in full.
#include <gtest/gtest.h>

#include <cstdlib>

#include "metaxy/lancedb_metadata_store.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

std::shared_ptr<FeatureGraph> OptionalParents() {
  auto graph = std::make_shared<FeatureGraph>();
  for (const char* key : {"video", "sound"}) {
    EXPECT_THAT(graph->AddFeature({.key = key, .id_columns = {"id"}, .fields = {"audio", "frames"}},
                                  "test"),
                IsOk());
  }
  FeatureDep video{.feature = "video"};
  FeatureDep sound{.feature = "sound", .rename = {{{"size", "loudness"}}}};
  video.optional = true;
  sound.optional = true;
  EXPECT_THAT(
      graph->AddFeature(
          {.key = "both", .id_columns = {"id"}, .deps = {video, sound}, .fields = {"summary"}},
          "test"),
      IsOk());
  return graph;
}

class LanceOrderTest : public LanceStoreTest {
 protected:
  static std::shared_ptr<arrow::Table> Some(int first, int count) {
    std::vector<std::shared_ptr<arrow::Table>> rows;
    for (int i = first; i < first + count; ++i) rows.push_back(Video(i));
    return Get(arrow::ConcatenateTables(rows));
  }

  TempDir caches_;
};

// The parent with more rows comes first; of what is new, the other one has more.
TEST_F(LanceOrderTest, OfSeveralOptionalParentsTheLargerOneComesFirst) {
  setenv("XDG_CACHE_HOME", caches_.path().c_str(), 1);
  auto store = Get(LanceDBMetadataStore::Make(
      {.uri = database_path().string()},
      {.graph = OptionalParents(), .project = "test", .name = "dev", .maintenance = Off()}));
  ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
  ASSERT_THAT(store->Write("video", Some(0, 5)), IsOk());
  ASSERT_THAT(store->Write("sound", Some(0, 50)), IsOk());
  Update(*store, "both");
  ASSERT_FALSE(Get(store->ResolveUpdateLazy("both"))->report().delta);
  ASSERT_THAT(store->Write("video", Some(100, 7)), IsOk());
  ASSERT_THAT(store->Write("sound", Some(200, 3)), IsOk());
  const auto found = Get(store->ResolveUpdateLazy("both"));
  const auto full = Get(store->ResolveUpdateLazy("both", {.delta = DeltaMode::kOff}));
  const Increment rows = Get(found->Collect());
  EXPECT_EQ(found->report().reason, "all of several parents are optional");
  EXPECT_EQ(rows.new_samples->num_rows(), 10);
  EXPECT_TRUE(rows.new_samples->Equals(*Get(full->Collect()).new_samples));
  EXPECT_THAT(Rows(*rows.new_samples->Slice(0, 1), {"id"}), ::testing::ElementsAre("v200"));
}

}  // namespace
}  // namespace metaxy::testing
