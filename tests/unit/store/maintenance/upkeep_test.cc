// Automatic maintenance: many small writes result in the same table as one large write.
#include <gmock/gmock.h>

#include <filesystem>
#include <mutex>
#include <thread>

#include "support/records.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

constexpr int kRows = 300;

class UpkeepTest : public LanceStoreTest {
 protected:
  // The result of one write of all rows.
  Usage OneWrite() {
    EXPECT_THAT(OpenLance(Off())->Write("video", ManyVideos(kRows)), IsOk());
    const Usage usage = UsageOf("video");
    std::filesystem::remove_all(database_path());
    return usage;
  }
};

TEST_F(UpkeepTest, ThreeHundredWritesLeaveAtMostTwiceWhatOneLeaves) {
  const Usage one = OneWrite();
  Records records;
  {
    const auto store = OpenLance({.keep_versions_for = std::chrono::seconds(0)}, AccessMode::kWrite,
                                 records.function());
    for (int i = 0; i < kRows; ++i) {
      ASSERT_THAT(store->Write("video", Video(i, AudioOf(i))), IsOk());
      // In between, the table has at most what accumulates between two triggers.
      if (i % 50 == 49) {
        EXPECT_LT(*Get(store->administration().GetTableStatistics("video")).fragments, 40);
      }
    }
    EXPECT_EQ(Get(store->CountRows("video")), kRows);
    ASSERT_THAT(store->Close(), IsOk());
  }
  EXPECT_GT(records.Of(LogSubject::kMaintenance).size(), 8U);
  EXPECT_TRUE(records.warnings().empty());
  const Usage many = UsageOf("video");
  EXPECT_LE(many.files, 2 * one.files);
  EXPECT_LE(many.bytes, 2 * one.bytes);
  const auto store = OpenLance(Off(), AccessMode::kRead);
  EXPECT_EQ(Get(store->CountRows("video")), kRows);
  EXPECT_EQ(Counts(*store, "video/crop").new_samples, kRows);
}

TEST_F(UpkeepTest, StoresOfOneWriteEachTakeTurns) {
  for (int i = 0; i < 70; ++i) ASSERT_THAT(OpenLance()->Write("video", Video(i)), IsOk());
  const auto store = OpenLance(Off(), AccessMode::kRead);
  const TableStatistics table = Get(store->administration().GetTableStatistics("video"));
  EXPECT_EQ(table.rows, 70);
  EXPECT_LT(*table.fragments, 34);
  // A week is not over.
  EXPECT_GT(*table.versions, 70);
}

TEST_F(UpkeepTest, ManyWritersLoseNothing) {
  constexpr int kThreads = 6;
  constexpr int kWrites = 25;
  std::mutex mutex;
  std::vector<arrow::Status> failures;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto store = OpenLance({.every_commits = 8});
      for (int i = 0; i < kWrites; ++i) {
        const arrow::Status status = store->Write("video", Video(t * kWrites + i));
        if (status.ok()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        failures.push_back(status);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& failure : failures) ADD_FAILURE() << failure.ToString();
  const auto store = OpenLance(Off(), AccessMode::kRead);
  EXPECT_EQ(Get(store->CountRows("video", {.with_sample_history = true})), kThreads * kWrites);
  EXPECT_EQ(Get(store->CountRows("video")), kThreads * kWrites);
  EXPECT_LT(*Get(store->administration().GetTableStatistics("video")).fragments,
            kThreads * kWrites / 2);
}

}  // namespace
}  // namespace metaxy::testing
