// A write that is stopped between two batches leaves no row behind, and reports this.
#include <utility>

#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

// Batches of one row; requests a stop once the first was consumed.
class StoppingReader final : public arrow::RecordBatchReader {
 public:
  StoppingReader(std::shared_ptr<arrow::Table> rows, arrow::StopSource* stop)
      : rows_(std::move(rows)), reader_(*rows_), stop_(stop) {
    reader_.set_chunksize(1);
  }
  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (taken_++ == 1) stop_->RequestStop();
    return reader_.ReadNext(batch);
  }

 private:
  std::shared_ptr<arrow::Table> rows_;
  arrow::TableBatchReader reader_;
  arrow::StopSource* stop_;
  int taken_ = 0;
};

using LanceInterruptTest = LanceStoreTest;

TEST_F(LanceInterruptTest, AStoppedWriteLeavesNothing) {
  auto store = OpenLance();
  ASSERT_THAT(store->Write("video", Video(0)), IsOk());
  arrow::StopSource stop;
  const auto reader = std::make_shared<StoppingReader>(ManyVideos(10), &stop);
  EXPECT_THAT(store->Write("video", reader, {.execution = {.stop_token = stop.token()}}),
              FailsWith(ErrorCode::kCancelled, "cancelled while writing rows"));
  EXPECT_EQ(Get(store->CountRows("video", {.with_sample_history = true})), 1);
}

TEST_F(LanceInterruptTest, AStoppedFirstWriteLeavesNoTable) {
  auto store = OpenLance();
  arrow::StopSource stop;
  const auto reader = std::make_shared<StoppingReader>(ManyVideos(10), &stop);
  EXPECT_THAT(store->Write("video", reader, {.execution = {.stop_token = stop.token()}}),
              FailsWith(ErrorCode::kCancelled, "cancelled while writing rows"));
  EXPECT_FALSE(Get(store->HasFeature("video")));
}

TEST_F(LanceInterruptTest, ACompactionStops) {
  auto store = OpenLance(Off());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(store->Write("video", Video(i)), IsOk());
  arrow::StopSource stop;
  stop.RequestStop();
  EXPECT_THAT(
      store->administration().CompactMetadata("video", {.execution = {.stop_token = stop.token()}}),
      FailsWith(ErrorCode::kCancelled, "cancelled while"));
  EXPECT_EQ(Get(store->administration().GetTableStatistics("video")).fragments, 3);
}

}  // namespace
}  // namespace metaxy::testing
