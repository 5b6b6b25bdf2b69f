// Writes of several features at once, and provenance of rows that were joined elsewhere.
#include "metaxy/errors.h"
#include "store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::IsEmpty;

class WriteMultiTest : public StoreTest {
 protected:
  static std::shared_ptr<arrow::Table> Crops() { return TwoVideos(); }

  static std::shared_ptr<arrow::Table> Transcripts() {
    return TableFromJson({{"id", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"text"})}},
                         R"([{"id": "a", "metaxy_provenance_by_field": {"text": "t"}}])");
  }
};

TEST_F(WriteMultiTest, WritesDependentsFirst) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->WriteMulti(
                  {{"video", TwoVideos()}, {"transcript", Transcripts()}, {"video/crop", Crops()}},
                  {.materialization_id = "run-7"}),
              IsOk());
  std::vector<std::string> timestamps;
  for (const char* table : {"transcript", "video__crop", "video"}) {
    timestamps.push_back(Rows(*database_->tables.at(table), {"metaxy_created_at"}).front());
    EXPECT_EQ(Rows(*database_->tables.at(table), {"metaxy_materialization_id"}).front(), "run-7");
  }
  EXPECT_LE(timestamps[0], timestamps[1]);
  EXPECT_LE(timestamps[1], timestamps[2]);
  EXPECT_THAT(store->WriteMulti({}), IsOk());
}

TEST_F(WriteMultiTest, AMistakeInOneLeavesAllAsTheyAre) {
  auto store = OpenStore(VideoGraph());
  EXPECT_THAT(store->WriteMulti({{"transcript", Transcripts()}, {"video", Transcripts()}}),
              FailsWith(ErrorCode::kMetadataSchema, "writing feature 'video'"));
  EXPECT_THAT(store->WriteMulti({{"transcript", Transcripts()}, {"vide", TwoVideos()}}),
              FailsWith(ErrorCode::kFeatureNotInGraph, "'vide'"));
  EXPECT_THAT(store->WriteMulti({{"video", TwoVideos()}, {"video", TwoVideos()}}),
              FailsWith(ErrorCode::kInvalidInput, "given twice"));
  EXPECT_THAT(database_->tables, IsEmpty());
}

// A value that the table cannot hold is an error, too.
TEST_F(WriteMultiTest, AValueThatDoesNotFitLeavesAllAsTheyAre) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto does_not_fit = TableFromJson(
      {{"id", arrow::utf8()},
       {"size", arrow::utf8()},
       {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
      R"([{"id": "c", "size": "big", "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  EXPECT_THAT(store->WriteMulti({{"video", does_not_fit}, {"video/crop", Crops()}}),
              FailsWith(ErrorCode::kLossyCast, "writing feature 'video': column 'size'"));
  EXPECT_EQ(database_->tables.count("video__crop"), 0U);
  EXPECT_EQ(database_->tables.at("video")->num_rows(), 2);
  // A value that a wider column can hold is not an error.
  const auto wide = TableFromJson({{"id", arrow::utf8()},
                                   {"size", arrow::float64()},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                  R"([{"id": "c", "size": 7,
                                       "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}}])");
  EXPECT_THAT(store->WriteMulti({{"video", wide}, {"video/crop", Crops()}}), IsOk());
}

TEST_F(WriteMultiTest, SaysWhatWasWrittenBeforeTheStoreFailed) {
  auto store = OpenStore(VideoGraph());
  database_->failures.push_back({arrow::Status::OK()});
  database_->failures.push_back({MakeError(ErrorCode::kIo, "the disk is full")});
  const arrow::Status failed = store->WriteMulti({{"video", TwoVideos()}, {"video/crop", Crops()}});
  EXPECT_THAT(failed, FailsWith(ErrorCode::kIo, "written before it: video/crop"));
  EXPECT_THAT(failed.message(), ::testing::HasSubstr("the disk is full"));
  EXPECT_EQ(database_->tables.at("video__crop")->num_rows(), 2);
  EXPECT_EQ(database_->tables.count("video"), 0U);
}

TEST_F(WriteMultiTest, ComputesTheProvenanceOfJoinedRows) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto resolved = Get(store->ResolveUpdate("video/crop")).new_samples;
  const std::vector<std::string> versions = {"id", "metaxy_provenance_by_field",
                                             "metaxy_provenance", "metaxy_data_version_by_field",
                                             "metaxy_data_version"};
  const auto videos = Get(Get(store->Read("video"))->ToTable());
  std::vector<std::string> names = videos->schema()->field_names();
  for (std::string& name : names) {
    if (name == "metaxy_data_version_by_field") name += "__video";
  }
  const auto joined = Get(videos->RenameColumns(names));
  const auto computed = Get(store->ComputeProvenance("video/crop", joined));
  EXPECT_EQ(Rows(*computed, versions), Rows(*resolved, versions));
  EXPECT_EQ(computed->schema()->GetFieldIndex("metaxy_data_version_by_field__video"), -1);
  EXPECT_EQ(Counts(*store, "video/crop", {.samples = computed}), (IncrementCounts{2, 0, 0}));
  EXPECT_THAT(store->ComputeProvenance("video/crop", videos),
              FailsWith(ErrorCode::kMetadataSchema, "metaxy_data_version_by_field__video"));
  const auto lacks_field = TableFromJson(
      {{"id", arrow::utf8()}, {"metaxy_data_version_by_field__video", ByField({"audio"})}}, "[]");
  EXPECT_THAT(store->ComputeProvenance("video/crop", lacks_field),
              FailsWith(ErrorCode::kMetadataSchema, "'frames'"));
}

TEST_F(WriteMultiTest, ProgressCountsWhatWasProcessedAtLeastOnce) {
  auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto progress = [&](const FeatureKey& feature, const ResolveUpdateOptions& options = {}) {
    return store->CalculateInputProgress(*Get(store->ResolveUpdateLazy(feature, options)));
  };
  EXPECT_EQ(progress("video/crop"), 0.0);
  const auto crops = Get(store->ResolveUpdate("video/crop")).new_samples;
  ASSERT_THAT(store->Write("video/crop", crops->Slice(0, 1)), IsOk());
  EXPECT_EQ(progress("video/crop"), 50.0);
  EXPECT_EQ(progress("video", {.samples = TwoVideos()}), std::nullopt);
  ASSERT_THAT(store->Delete("video"), IsOk());
  EXPECT_EQ(progress("video/crop"), std::nullopt);
}

}  // namespace
}  // namespace metaxy::testing
