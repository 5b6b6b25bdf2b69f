// Rows of parents that are kept outside of the store.
#include "metaxy/filter.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class GivenParentsTest : public StoreTest {
 protected:
  /// What another store has of `video`.
  std::shared_ptr<arrow::Table> Elsewhere() {
    auto store =
        MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                  {.graph = VideoGraph(), .project = "test", .name = "elsewhere"});
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    EXPECT_THAT(store->Write("video", TwoVideos()), IsOk());
    return Get(Get(store->Read("video"))->ToTable());
  }

  static std::shared_ptr<arrow::Table> Without(const std::shared_ptr<arrow::Table>& rows,
                                               const char* column) {
    return Get(rows->RemoveColumn(rows->schema()->GetFieldIndex(column)));
  }
};

TEST_F(GivenParentsTest, ReplaceTheTablesOfTheParents) {
  auto store = OpenStore(VideoGraph());
  const ResolveUpdateOptions options{.parents = {{"video", Elsewhere()}}};
  EXPECT_THAT(store->ResolveUpdate("video/crop"),
              FailsWith(ErrorCode::kFeatureNotFound, "'video'"));
  const Increment increment = Get(store->ResolveUpdate("video/crop", options));
  EXPECT_THAT(Rows(*increment.new_samples, {"id", "size"}), ElementsAre("a|1", "b|2"));
  ASSERT_THAT(store->Write("video/crop", increment.new_samples), IsOk());
  EXPECT_TRUE(Counts(*store, "video/crop", options).empty());
  // With the same rows in a table of the store itself the versions are the same.
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  EXPECT_TRUE(Counts(*store, "video/crop").empty());
}

TEST_F(GivenParentsTest, AreFilteredLikeTables) {
  auto store = OpenStore(VideoGraph());
  const Filters second = {Get(ParseFilter("size = 2"))};
  const ResolveUpdateOptions options{.parents = {{"video", Elsewhere()}},
                                     .filters = {{"video", second}}};
  EXPECT_THAT(Rows(*Get(store->ResolveUpdate("video/crop", options)).new_samples, {"id"}),
              ElementsAre("b"));
}

TEST_F(GivenParentsTest, OfRowsOfOneSampleTheLatestCounts) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video", Videos(R"([
    {"id": "a", "size": 9, "metaxy_provenance_by_field": {"audio": "x", "frames": "y"}}])")),
              IsOk());
  ASSERT_THAT(store->Delete("video", {Get(ParseFilter("id = 'b'"))}), IsOk());
  const auto history = Get(Get(store->Read("video", {.with_feature_history = true,
                                                     .with_sample_history = true,
                                                     .include_soft_deleted = true}))
                               ->ToTable());
  EXPECT_EQ(history->num_rows(), 4);
  EXPECT_THAT(
      Rows(*Get(store->ResolveUpdate("video/crop", {.parents = {{"video", history}}})).new_samples,
           {"id", "size"}),
      ElementsAre("a|9"));
}

TEST_F(GivenParentsTest, AreRefusedWhereTheyMakeNoSense) {
  auto store = OpenStore(VideoGraph());
  const auto rows = Elsewhere();
  const auto resolve = [&](ResolveUpdateOptions options) {
    return store->ResolveUpdate("video/crop", options).status();
  };
  EXPECT_THAT(resolve({.parents = {{"transcript", rows}}}),
              FailsWith(ErrorCode::kInvalidInput,
                        "rows of parent 'transcript' for an update of 'video/crop': it is not a "
                        "dependency"));
  EXPECT_THAT(resolve({.parents = {{"video", rows}, {"video", rows}}}),
              FailsWith(ErrorCode::kInvalidInput, "they are given twice"));
  EXPECT_THAT(resolve({.parents = {{"video", nullptr}}}),
              FailsWith(ErrorCode::kInvalidInput, "the table is null"));
  EXPECT_THAT(resolve({.samples = TwoVideos(), .parents = {{"video", rows}}}),
              FailsWith(ErrorCode::kInvalidInput, "samples replace all parents"));
  EXPECT_THAT(resolve({.parents = {{"video", Without(rows, "metaxy_feature_version")}}}),
              FailsWith(ErrorCode::kMetadataSchema,
                        "rows of parent 'video' lack the column 'metaxy_feature_version'"));
  EXPECT_THAT(resolve({.parents = {{"video", Without(rows, "id")}}}),
              FailsWith(ErrorCode::kMetadataSchema, "'id'"));
}

}  // namespace
}  // namespace metaxy::testing
