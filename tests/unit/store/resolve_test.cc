// Resolving: what is new, stale or orphaned.
#include "metaxy/filter.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

class ResolveTest : public StoreTest {};

TEST_F(ResolveTest, AsksOnlyForWhatChanged) {
  auto store = OpenStore(VideoGraph());
  ResolveUpdateOptions samples{.samples = TwoVideos()};
  EXPECT_EQ(Counts(*store, "video", samples), (IncrementCounts{2, 0, 0}));
  ASSERT_THAT(store->Write("video", Get(store->ResolveUpdate("video", samples)).new_samples),
              IsOk());
  EXPECT_TRUE(Counts(*store, "video", samples).empty());

  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{2, 0, 0}));
  Update(*store, "video/crop");
  Update(*store, "transcript");
  EXPECT_TRUE(Counts(*store, "video/crop").empty());
  EXPECT_TRUE(Counts(*store, "transcript").empty());

  // The frames of one video change: its crop is stale, its transcript is not.
  samples.samples = Videos(R"([
    {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "changed"}},
    {"id": "c", "size": 3, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])");
  const Increment videos = Get(store->ResolveUpdate("video", samples));
  EXPECT_THAT(Rows(*videos.new_samples, {"id", "size"}), ElementsAre("c|3"));
  EXPECT_THAT(Rows(*videos.stale, {"id", "size"}), ElementsAre("a|1"));
  EXPECT_THAT(Rows(*videos.orphaned, {"id", "size"}), ElementsAre("b|2"));
  ASSERT_THAT(store->Write("video", videos.stale), IsOk());
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{0, 1, 0}));
  Update(*store, "video/crop");
  EXPECT_TRUE(Counts(*store, "transcript").empty());
}

TEST_F(ResolveTest, CodeVersionMakesDependentsStaleAndNothingElse) {
  {
    auto store = OpenStore(VideoGraph());
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, "video/crop");
    Update(*store, "transcript");
  }
  auto store = OpenStore(VideoGraph("2"));
  // Rows of the new version of the feature do not exist yet, so everything is new under it.
  EXPECT_EQ(Counts(*store, "video/crop"), (IncrementCounts{2, 0, 0}));
  Update(*store, "video/crop");
  EXPECT_EQ(Counts(*store, "transcript"), (IncrementCounts{2, 0, 0}));
  EXPECT_TRUE(Counts(*store, "video", {.samples = TwoVideos()}).empty());
}

TEST_F(ResolveTest, IncrementHasTheColumnsOfTheReference) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const Increment increment = Get(store->ResolveUpdate("video/crop"));
  EXPECT_THAT(
      increment.new_samples->schema()->field_names(),
      ElementsAre("id", "size", "metaxy_deleted_at", "metaxy_provenance_by_field",
                  "metaxy_provenance", "metaxy_data_version", "metaxy_data_version_by_field"));
  // Without a table of its own the feature has the columns of the new rows.
  EXPECT_TRUE(increment.orphaned->schema()->Equals(*increment.new_samples->schema()));
  EXPECT_EQ(increment.orphaned->num_rows(), 0);
}

// The hashes of NOTES.md's worked example are checked by the oracle; here: versions follow the
// field that is depended on.
TEST_F(ResolveTest, OptionalParentIsAnEmptyString) {
  auto graph = VideoGraph();
  ASSERT_THAT(
      graph->AddFeature({.key = "label", .id_columns = {"id"}, .fields = {"default"}}, "test"),
      IsOk());
  ASSERT_THAT(graph->AddFeature({.key = "joined",
                                 .id_columns = {"id"},
                                 .deps = {FeatureDep{.feature = "video"},
                                          FeatureDep{.feature = "label", .optional = true}}},
                                "test"),
              IsOk());
  auto store = OpenStore(graph);
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto labels = TableFromJson(
      {{"id", arrow::utf8()},
       {"label", arrow::utf8()},
       {"metaxy_provenance_by_field", ByField({"default"})}},
      R"([{"id": "b", "label": "cat", "metaxy_provenance_by_field": {"default": "1"}}])");
  ASSERT_THAT(store->Write("label", labels), IsOk());
  const Increment increment = Get(store->ResolveUpdate("joined"));
  EXPECT_THAT(Rows(*increment.new_samples, {"id", "size", "label"}),
              ElementsAre("a|1|null", "b|2|cat"));
  for (const std::string& row : Rows(*increment.new_samples, {"metaxy_provenance"}))
    EXPECT_NE(row, "null");
}

TEST_F(ResolveTest, AggregationIgnoresTheOrderOfRows) {
  const auto build = [&](const std::string& json) {
    auto graph = std::make_shared<FeatureGraph>();
    EXPECT_THAT(graph->AddFeature({.key = "frame", .id_columns = {"video", "n"}}, "test"), IsOk());
    EXPECT_THAT(
        graph->AddFeature({.key = "clip",
                           .id_columns = {"video"},
                           .deps = {FeatureDep{.feature = "frame",
                                               .select = {{}},
                                               .lineage = LineageRelationship::Aggregation()}}},
                          "test"),
        IsOk());
    database_ = std::make_shared<MemoryDatabase>();
    auto store = OpenStore(graph);
    EXPECT_THAT(
        store->Write("frame", TableFromJson({{"video", arrow::utf8()},
                                             {"n", arrow::int32()},
                                             {"metaxy_provenance_by_field", ByField({"default"})}},
                                            json)),
        IsOk());
    return Rows(*Get(store->ResolveUpdate("clip")).new_samples, {"video", "metaxy_provenance"});
  };
  const auto row = [](const std::string& video, int n, const std::string& version) {
    return R"({"video": ")" + video + R"(", "n": )" + std::to_string(n) +
           R"(, "metaxy_provenance_by_field": {"default": ")" + version + R"("}})";
  };
  const auto forward =
      build("[" + row("a", 1, "x") + "," + row("a", 2, "y") + "," + row("b", 1, "x") + "]");
  const auto backward =
      build("[" + row("b", 1, "x") + "," + row("a", 2, "y") + "," + row("a", 1, "x") + "]");
  const auto swapped =
      build("[" + row("a", 1, "y") + "," + row("a", 2, "x") + "," + row("b", 1, "x") + "]");
  EXPECT_EQ(forward.size(), 3U);  // a row per parent row
  EXPECT_EQ(forward, backward);
  EXPECT_NE(forward, swapped);
}

TEST_F(ResolveTest, FiltersAndStalenessPredicates) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  Update(*store, "video/crop");
  const auto filter = [](const char* text) { return Get(ParseFilter(text)); };
  EXPECT_EQ(Counts(*store, "video/crop", {.staleness_predicates = {filter("size = 2")}}),
            (IncrementCounts{0, 1, 0}));
  EXPECT_EQ(Counts(*store, "video/crop", {.filters = {{"video", {filter("size = 2")}}}}),
            (IncrementCounts{0, 0, 1}));
  EXPECT_EQ(Counts(*store, "video/crop", {.target_filters = {filter("id = 'a'")}}),
            (IncrementCounts{1, 0, 0}));
  EXPECT_TRUE(Counts(*store, "video/crop", {.global_filters = {filter("id = 'a'")}}).empty());
  EXPECT_EQ(Counts(*store, "video/crop", {.skip_comparison = true}), (IncrementCounts{2, 0, 0}));
}

TEST_F(ResolveTest, RefusesInvalidOptions) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->ResolveUpdate("video"),
              FailsWith(ErrorCode::kInvalidInput, "samples must be given"));
  EXPECT_THAT(store->ResolveUpdate("video/crop"),
              FailsWith(ErrorCode::kFeatureNotFound, "'video'"));
  EXPECT_THAT(store->ResolveUpdate("vdeo"), FailsWith(ErrorCode::kFeatureNotInGraph, "vdeo"));
  const auto lacks_id =
      TableFromJson({{"metaxy_provenance_by_field", ByField({"audio", "frames"})}}, "[]");
  EXPECT_THAT(store->ResolveUpdate("video", {.samples = lacks_id}),
              FailsWith(ErrorCode::kMetadataSchema, "'id'"));
  const auto lacks_provenance = TableFromJson({{"id", arrow::utf8()}}, "[]");
  EXPECT_THAT(store->ResolveUpdate("video", {.samples = lacks_provenance}),
              FailsWith(ErrorCode::kMetadataSchema, "metaxy_provenance_by_field"));
  const auto lacks_member = TableFromJson(
      {{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"audio"})}}, "[]");
  EXPECT_THAT(store->ResolveUpdate("video", {.samples = lacks_member}),
              FailsWith(ErrorCode::kMetadataSchema, "frames"));
}

TEST_F(ResolveTest, ColumnsOfTwoParentsMustNotCollide) {
  auto graph = VideoGraph();
  ASSERT_THAT(graph->AddFeature(
                  {.key = "other", .id_columns = {"id"}, .fields = {"audio", "frames"}}, "test"),
              IsOk());
  ASSERT_THAT(
      graph->AddFeature({.key = "both", .id_columns = {"id"}, .deps = {"video", "other"}}, "test"),
      IsOk());
  auto store = OpenStore(graph);
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("other", TwoVideos()), IsOk());
  EXPECT_THAT(store->ResolveUpdate("both"), FailsWith(ErrorCode::kMetadataSchema, "'size'"));
}

TEST_F(ResolveTest, StopsWhenAsked) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  arrow::StopSource stop;
  stop.RequestStop();
  ResolveUpdateOptions options;
  options.execution.stop_token = stop.token();
  EXPECT_THAT(store->ResolveUpdate("video/crop", options),
              FailsWith(ErrorCode::kCancelled, "cancelled"));
}

}  // namespace
}  // namespace metaxy::testing
