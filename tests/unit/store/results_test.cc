// Results of writes and deletions: rows and versions.
#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "unit/store/backends.h"

namespace metaxy::testing {
namespace {

using ::testing::Optional;

class ResultsTest : public BackendTest {
 protected:
  static std::shared_ptr<arrow::Table> OneVideo(const std::string& id) {
    return Videos(R"([{"id": ")" + id +
                  R"(", "size": 1, "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, ResultsTest, ::testing::ValuesIn(Backends()), BackendName);

TEST_P(ResultsTest, AWriteReportsRowsAndVersion) {
  const auto store = Open(VideoGraph());
  const WriteResult created = Get<WriteResult>(store->Write("video", TwoVideos()));
  EXPECT_EQ(created.rows, 2);
  EXPECT_THAT(created.version, Optional(1U));
  const WriteResult appended = Get<WriteResult>(store->Write("video", OneVideo("c")));
  EXPECT_EQ(appended.rows, 1);
  EXPECT_THAT(appended.version, Optional(2U));
  const auto reader = std::make_shared<arrow::TableBatchReader>(TwoVideos());
  EXPECT_EQ(Get<WriteResult>(store->Write("video", reader)).rows, 2);
  const auto batch = Get(OneVideo("d")->CombineChunksToBatch());
  EXPECT_EQ(Get<WriteResult>(store->Write("video", batch)).rows, 1);
  EXPECT_EQ(Get<WriteResult>(store->Write("video", TwoVideos()->Slice(0, 0))).rows, 0);
  // A result is a status, too.
  const arrow::Status status = store->Write("video", TwoVideos());
  EXPECT_THAT(status, IsOk());
}

// The rows are read again for each attempt, and counted once.
TEST_P(ResultsTest, AWriteThatChangesTheTableCountsItsRowsOnce) {
  const auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto wide = TableFromJson({{"id", arrow::utf8()},
                                   {"size", arrow::uint64()},
                                   {"more", arrow::utf8()},
                                   {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                                  R"([{"id": "w", "size": 3, "more": "x",
                                       "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
  const WriteResult written =
      Get<WriteResult>(store->Write("video", std::make_shared<arrow::TableBatchReader>(wide)));
  EXPECT_EQ(written.rows, 1);
  EXPECT_EQ(Everything(*store, "video")->num_rows(), 3);
}

TEST_P(ResultsTest, SeveralWritesReportEachInTheOrderGiven) {
  const auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  const auto crops = Get(store->ResolveUpdate("video/crop")).new_samples;
  const FeatureWriteResults written = Get<FeatureWriteResults>(
      store->WriteMulti({{"video", OneVideo("c")}, {"video/crop", crops}}));
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0].first, FeatureKey("video"));
  EXPECT_EQ(written[0].second.rows, 1);
  EXPECT_THAT(written[0].second.version, Optional(2U));
  EXPECT_EQ(written[1].first, FeatureKey("video/crop"));
  EXPECT_EQ(written[1].second.rows, 2);
  EXPECT_THAT(written[1].second.version, Optional(1U));
}

TEST_P(ResultsTest, ADeletionReportsItsRows) {
  const auto store = Open(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video", OneVideo("c")), IsOk());
  const DeleteOptions hard{.soft = false};
  EXPECT_EQ(Get<int64_t>(store->Delete("video", {"id = 'x'"})), 0);
  EXPECT_EQ(Get<int64_t>(store->Delete("video", {"id = 'x'"}, hard)), 0);
  // The latest row of the sample is marked ...
  EXPECT_EQ(Get<int64_t>(store->Delete("video", {"id = 'a'"})), 1);
  // ... and every row of it removed, including the mark.
  EXPECT_EQ(Get<int64_t>(store->Delete("video", {"id = 'a'"}, hard)), 3);
  EXPECT_EQ(Get<int64_t>(store->Delete("video", {}, hard)), 3);
  EXPECT_EQ(Everything(*store, "video")->num_rows(), 0);
}

TEST_P(ResultsTest, ACopyReportsItsRows) {
  const auto from = Open(VideoGraph());
  ASSERT_THAT(from->Write("video", TwoVideos()), IsOk());
  const auto to = MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                            {.graph = VideoGraph(), .project = "test"});
  ASSERT_THAT(to->Open(AccessMode::kWrite), IsOk());
  const CopyResult copied = Get(to->CopyMetadata(*from));
  EXPECT_EQ(copied.features_copied, 1);
  EXPECT_EQ(copied.rows_copied, 2);
}

// A write whose response was lost still returns its result.
class LostAnswerTest : public StoreTest {};

TEST_F(LostAnswerTest, ReportsRowsAndVersion) {
  const auto store = OpenStore(VideoGraph());
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  database_->failures.push_back(
      {MakeError(ErrorCode::kNetwork, "the connection is gone", /*retryable=*/true), true});
  const WriteResult written = Get<WriteResult>(store->Write("video", TwoVideos()));
  EXPECT_EQ(written.rows, 2);
  EXPECT_THAT(written.version, Optional(2U));
}

}  // namespace
}  // namespace metaxy::testing
