// Rows of one version of a feature under another one.
#include "metaxy/filter.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;

constexpr const char* kCrop = "video/crop";

class RebaseTest : public StoreTest {
 protected:
  static std::string VersionOf(const FeatureGraph& graph, const FeatureKey& feature = kCrop) {
    return Get(graph.GetFeatureVersion(feature));
  }

  /// Writes the videos and, under the graph with this code version, their crops.
  void WriteCrops(const std::string& code_version) {
    auto store = OpenStore(VideoGraph(code_version));
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    Update(*store, kCrop);
  }

  std::vector<std::string> StoredCrops(const std::vector<std::string>& columns) {
    return Rows(*database_->tables.at("video__crop"), columns);
  }
};

TEST_F(RebaseTest, RowsOfAnOlderVersionNeedNoWorkAnyMore) {
  WriteCrops("1");
  auto store = OpenStore(VideoGraph("2"));
  ASSERT_EQ(Counts(*store, kCrop), (IncrementCounts{2, 0, 0}));
  const auto fresh = Rows(*Get(store->ResolveUpdate(kCrop)).new_samples,
                          {"id", "metaxy_provenance_by_field", "metaxy_provenance"});
  EXPECT_EQ(Get(store->RebaseVersion(kCrop, VersionOf(*VideoGraph("1")))), 2);
  EXPECT_TRUE(Counts(*store, kCrop).empty());
  EXPECT_EQ(ReadRows(*store, kCrop, {"id", "metaxy_provenance_by_field", "metaxy_provenance"}),
            fresh);
  // Nobody had set custom data versions, so they follow.
  EXPECT_EQ(ReadRows(*store, kCrop, {"id", "metaxy_data_version_by_field", "metaxy_data_version"}),
            fresh);
  const std::string version = VersionOf(*store->graph());
  const std::string project = store->graph()->GetProjectVersion("test");
  EXPECT_THAT(ReadRows(*store, kCrop, {"metaxy_feature_version", "metaxy_project_version", "size"}),
              ElementsAre(version + "|" + project + "|1", version + "|" + project + "|2"));
  // The creation timestamps of the samples are kept.
  const auto created = StoredCrops({"metaxy_created_at"});
  EXPECT_EQ(created.front(), created.back());
  const auto updated = StoredCrops({"metaxy_updated_at"});
  EXPECT_NE(updated.front(), updated.back());
}

// Without memory the provenance is in files, in parts; rows come in the same order all the same.
TEST_F(RebaseTest, MemoryLimitsChangeNothing) {
  std::string json;
  for (int i = 0; i < 300; ++i) {
    json += (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i * 7919 % 300) +
            R"(", "size": )" + std::to_string(i) +
            R"(, "metaxy_provenance_by_field": {"audio": "a)" + std::to_string(i) +
            R"(", "frames": "f"}})";
  }
  const std::string old_version = VersionOf(*VideoGraph("1"));
  const std::vector<std::string> columns = {"id", "size", "metaxy_provenance",
                                            "metaxy_provenance_by_field", "metaxy_feature_version"};
  std::vector<std::vector<std::string>> results;
  std::vector<std::string> orders;
  for (const std::optional<int64_t> limit : {std::optional<int64_t>(), std::optional<int64_t>(0)}) {
    database_->tables.clear();
    {
      auto store = OpenStore(VideoGraph("1"));
      ASSERT_THAT(store->Write("video", Videos("[" + json + "]")), IsOk());
      Update(*store, kCrop);
      // Two samples have no parent any more.
      ASSERT_THAT(store->Delete("video", {Get(ParseFilter("size < 2"))}), IsOk());
    }
    auto store = OpenStore(VideoGraph("2"));
    RebaseVersionOptions options;
    options.execution.memory_limit = limit;
    options.execution.batch_size = 64;
    EXPECT_EQ(Get(store->RebaseVersion(kCrop, old_version, options)), 298);
    results.push_back(ReadRows(*store, kCrop, columns));
    const auto read = Get(Get(store->Read(kCrop, {.columns = {"id"}}))->ToTable());
    orders.push_back(Get(read->CombineChunks())->ToString());
  }
  EXPECT_EQ(results[0].size(), 298U);
  EXPECT_EQ(orders[1], orders[0]);
  EXPECT_EQ(results[1], results[0]);
}

TEST_F(RebaseTest, KeepsOwnDataVersions) {
  {
    auto store = OpenStore(VideoGraph("1"));
    ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
    const auto rows =
        TableFromJson({{"id", arrow::utf8()},
                       {"metaxy_provenance_by_field", ByField({"audio", "frames"})},
                       {"metaxy_data_version_by_field", ByField({"audio", "frames"})}},
                      R"([{"id": "a", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"},
             "metaxy_data_version_by_field": {"audio": "x", "frames": "y"}},
            {"id": "b", "metaxy_provenance_by_field": {"audio": "3", "frames": "4"},
             "metaxy_data_version_by_field": null}])");
    ASSERT_THAT(store->Write(kCrop, rows), IsOk());
  }
  auto store = OpenStore(VideoGraph("2"));
  const auto provenance =
      Rows(*Get(store->ResolveUpdate(kCrop)).new_samples, {"id", "metaxy_provenance_by_field"});
  ASSERT_EQ(Get(store->RebaseVersion(kCrop, VersionOf(*VideoGraph("1")))), 2);
  EXPECT_EQ(ReadRows(*store, kCrop, {"id", "metaxy_provenance_by_field"}), provenance);
  EXPECT_THAT(ReadRows(*store, kCrop, {"id", "metaxy_data_version_by_field"}),
              ElementsAre("a|{audio:x, frames:y}", provenance[1]));
}

TEST_F(RebaseTest, LeavesSamplesBehindThatHaveNoParentsOrANewerRow) {
  WriteCrops("1");
  const std::string old_version = VersionOf(*VideoGraph("1"));
  auto store = OpenStore(VideoGraph("2"));
  const auto first = Get(store->ResolveUpdate(kCrop, {.filters = {}})).new_samples;
  ASSERT_THAT(store->Write(kCrop, first->Slice(0, 1)), IsOk());
  EXPECT_EQ(Get(store->RebaseVersion(kCrop, old_version, {.dry_run = true})), 1);
  ASSERT_THAT(store->Delete("video"), IsOk());
  EXPECT_EQ(Get(store->RebaseVersion(kCrop, old_version)), 0);
  EXPECT_EQ(StoredCrops({"id"}).size(), 3U);
}

TEST_F(RebaseTest, GoesToAVersionThatWasPushed) {
  auto old_store = OpenStore(VideoGraph("1"));
  const std::string old_project =
      Get(old_store->definitions().PushGraphSnapshot("test")).project_version;
  ASSERT_THAT(old_store->Write("video", TwoVideos()), IsOk());
  const auto expected =
      Rows(*Get(old_store->ResolveUpdate(kCrop)).new_samples, {"id", "metaxy_provenance"});
  auto store = OpenStore(VideoGraph("2"));
  Update(*store, kCrop);
  const std::string old_version = VersionOf(*VideoGraph("1"));
  ASSERT_EQ(Get(store->RebaseVersion(kCrop, VersionOf(*store->graph()),
                                     {.to_feature_version = old_version})),
            2);
  EXPECT_TRUE(Counts(*old_store, kCrop).empty());
  EXPECT_EQ(ReadRows(*old_store, kCrop, {"id", "metaxy_provenance"}), expected);
  EXPECT_THAT(ReadRows(*old_store, kCrop, {"metaxy_project_version"}),
              ElementsAre(old_project, old_project));
}

TEST_F(RebaseTest, TakesParentsOfOtherProjectsAsTheyWerePushed) {
  const auto graph_of = [](const std::string& raw, const std::string& made) {
    auto graph = std::make_shared<FeatureGraph>();
    EXPECT_THAT(
        graph->AddFeature(
            {.key = "raw", .id_columns = {"id"}, .fields = {{.key = "x", .code_version = raw}}},
            "upstream"),
        IsOk());
    EXPECT_THAT(graph->AddFeature({.key = "made",
                                   .id_columns = {"id"},
                                   .deps = {"raw"},
                                   .fields = {{.key = "x", .code_version = made}}},
                                  "test"),
                IsOk());
    return graph;
  };
  const auto raw =
      TableFromJson({{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"x"})}},
                    R"([{"id": "a", "metaxy_provenance_by_field": {"x": "1"}}])");
  auto first = OpenStore(graph_of("1", "1"));
  ASSERT_THAT(first->definitions().PushGraphSnapshot("upstream"), IsOk());
  ASSERT_THAT(first->definitions().PushGraphSnapshot("test"), IsOk());
  ASSERT_THAT(first->Write("raw", raw), IsOk());
  auto second = OpenStore(graph_of("2", "2"));
  ASSERT_THAT(second->definitions().PushGraphSnapshot("upstream"), IsOk());
  ASSERT_THAT(second->Write("raw", raw), IsOk());
  Update(*second, "made");
  const std::string version = VersionOf(*first->graph(), "made");
  ASSERT_EQ(Get(second->RebaseVersion("made", VersionOf(*second->graph(), "made"),
                                      {.to_feature_version = version})),
            1);
  EXPECT_TRUE(Counts(*first, "made").empty());
}

TEST_F(RebaseTest, RefusesWhatCannotBeComputed) {
  WriteCrops("1");
  const std::string version = VersionOf(*VideoGraph("1"));
  auto store = OpenStore(VideoGraph("2"));
  EXPECT_THAT(store->RebaseVersion("video", version),
              FailsWith(ErrorCode::kInvalidInput, "has no dependencies"));
  EXPECT_THAT(store->RebaseVersion(kCrop, version, {.to_feature_version = version}),
              FailsWith(ErrorCode::kInvalidInput, "never pushed"));
  EXPECT_THAT(store->RebaseVersion("transcript", version),
              FailsWith(ErrorCode::kFeatureNotFound, "'transcript'"));
  EXPECT_EQ(Get(store->RebaseVersion(kCrop, "nothing-has-it")), 0);
  EXPECT_EQ(StoredCrops({"id"}).size(), 2U);
  const auto lacks_versions = TableFromJson({{"id", arrow::utf8()}}, R"([{"id": "a"}])");
  EXPECT_THAT(store->Rebase(kCrop, std::make_shared<arrow::TableBatchReader>(lacks_versions)),
              FailsWith(ErrorCode::kMetadataSchema, "metaxy_provenance"));
}

TEST_F(RebaseTest, GivesRowsWithoutWritingThem) {
  WriteCrops("1");
  auto store = OpenStore(VideoGraph("2"));
  const auto rows = Get(store->Read(
      kCrop, {.feature_version = VersionOf(*VideoGraph("1")), .with_feature_history = true}));
  const auto rebased = Get(Get(store->Rebase(kCrop, rows))->ToTable());
  EXPECT_EQ(rebased->num_rows(), 2);
  EXPECT_EQ(StoredCrops({"id"}).size(), 2U);
  ASSERT_THAT(store->Write(kCrop, rebased, {.preserve_feature_version = true}), IsOk());
  EXPECT_TRUE(Counts(*store, kCrop).empty());
}

TEST_F(RebaseTest, FillsFieldsThatAreNewInTheTarget) {
  WriteCrops("1");
  auto graph = std::make_shared<FeatureGraph>();
  ASSERT_THAT(graph->AddFeature(
                  {.key = "video", .id_columns = {"id"}, .fields = {"audio", "frames"}}, "test"),
              IsOk());
  ASSERT_THAT(graph->AddFeature({.key = kCrop,
                                 .id_columns = {"id"},
                                 .deps = {"video"},
                                 .fields = {"audio", "frames", "faces"}},
                                "test"),
              IsOk());
  auto store = OpenStore(graph);
  const auto fresh =
      Rows(*Get(store->ResolveUpdate(kCrop)).new_samples, {"id", "metaxy_provenance_by_field"});
  ASSERT_EQ(Get(store->RebaseVersion(kCrop, VersionOf(*VideoGraph("1")))), 2);
  EXPECT_EQ(ReadRows(*store, kCrop, {"id", "metaxy_data_version_by_field"}), fresh);
  EXPECT_TRUE(Counts(*store, kCrop).empty());
}

std::shared_ptr<FeatureGraph> FrameGraph(const std::string& code_version,
                                         LineageRelationship lineage,
                                         std::vector<std::string> parent_ids,
                                         std::vector<std::string> ids) {
  auto graph = std::make_shared<FeatureGraph>();
  EXPECT_THAT(graph->AddFeature({.key = "parent", .id_columns = std::move(parent_ids)}, "test"),
              IsOk());
  EXPECT_THAT(
      graph->AddFeature({.key = "child",
                         .id_columns = std::move(ids),
                         .deps = {FeatureDep{.feature = "parent", .lineage = std::move(lineage)}},
                         .fields = {{.key = "default", .code_version = code_version}}},
                        "test"),
      IsOk());
  return graph;
}

const std::shared_ptr<arrow::Table>& FrameRows() {
  static const std::shared_ptr<arrow::Table> rows =
      TableFromJson({{"video", arrow::utf8()},
                     {"frame", arrow::int32()},
                     {"metaxy_provenance_by_field", ByField({"default"})}},
                    R"([{"video": "a", "frame": 1, "metaxy_provenance_by_field": {"default": "x"}},
          {"video": "a", "frame": 2, "metaxy_provenance_by_field": {"default": "y"}},
          {"video": "b", "frame": 1, "metaxy_provenance_by_field": {"default": "z"}}])");
  return rows;
}

TEST_F(RebaseTest, ChildrenOfAnExpansionTakeTheProvenanceOfTheirParent) {
  const auto graph_of = [](const std::string& code_version) {
    return FrameGraph(code_version, LineageRelationship::Expansion({"video"}), {"video"},
                      {"video", "frame"});
  };
  const auto videos = TableFromJson(
      {{"video", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"default"})}},
      R"([{"video": "a", "metaxy_provenance_by_field": {"default": "x"}},
          {"video": "b", "metaxy_provenance_by_field": {"default": "z"}}])");
  {
    auto store = OpenStore(graph_of("1"));
    ASSERT_THAT(store->Write("parent", videos), IsOk());
    ASSERT_THAT(store->Write("child", FrameRows()), IsOk());
  }
  auto store = OpenStore(graph_of("2"));
  const auto fresh = Rows(*Get(store->ResolveUpdate("child")).new_samples, {"metaxy_provenance"});
  ASSERT_EQ(Get(store->RebaseVersion("child", VersionOf(*graph_of("1"), "child"))), 3);
  const auto rows = ReadRows(*store, "child", {"video", "frame", "metaxy_provenance"});
  ASSERT_EQ(rows.size(), 3U);
  std::vector<std::string> found = {rows[0].substr(4), rows[1].substr(4), rows[2].substr(4)};
  EXPECT_EQ(found[0], found[1]);
  EXPECT_NE(found[0], found[2]);
  EXPECT_THAT(fresh, ::testing::UnorderedElementsAre(found[0], found[2]));
  EXPECT_TRUE(Counts(*store, "child").empty());
}

// As in the reference: one row for each parent row. Reads return one of them.
TEST_F(RebaseTest, AnAggregatedSampleComesBackOncePerParentRow) {
  const auto graph_of = [](const std::string& code_version) {
    return FrameGraph(code_version, LineageRelationship::Aggregation(), {"video", "frame"},
                      {"video"});
  };
  {
    auto store = OpenStore(graph_of("1"));
    ASSERT_THAT(store->Write("parent", FrameRows()), IsOk());
    const auto groups = Get(store->ResolveUpdate("child")).new_samples;
    ASSERT_THAT(store->Write("child", groups->Slice(1)), IsOk());
  }
  auto store = OpenStore(graph_of("2"));
  EXPECT_EQ(Get(store->RebaseVersion("child", VersionOf(*graph_of("1"), "child"))), 3);
  EXPECT_EQ(ReadRows(*store, "child", {"video"}).size(), 2U);
  EXPECT_TRUE(Counts(*store, "child").empty());
}

}  // namespace
}  // namespace metaxy::testing
