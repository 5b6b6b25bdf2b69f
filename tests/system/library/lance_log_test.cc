// Maintenance after writes is logged, and yields to the deadline of the write.
#include <gmock/gmock.h>

#include <chrono>

#include "support/records.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class LanceLogTest : public LanceStoreTest {
 protected:
  static std::vector<std::string> NamesIn(const LogRecord& record) {
    std::vector<std::string> names;
    for (const auto& [name, value] : record.values.as_object()) names.push_back(name);
    return names;
  }
};

TEST_F(LanceLogTest, MaintenanceIsReported) {
  Records records;
  const auto store = OpenLance({.every_commits = 4}, AccessMode::kWrite, records.function());
  for (int i = 0; i < 4; ++i) ASSERT_THAT(store->Write("video", Video(i)), IsOk());
  const auto told = records.Of(LogSubject::kMaintenance);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].severity, LogSeverity::kInfo);
  EXPECT_EQ(NumberIn(told[0], "fragments_merged"), 4);
  EXPECT_EQ(NamesIn(told[0]),
            (std::vector<std::string>{"table", "fragments_merged", "fragments_written",
                                      "versions_removed", "bytes_removed"}));
}

// The rows are written in time; files are compacted at the next trigger, or when the store is
// closed with more time.
TEST_F(LanceLogTest, ClosingWithoutTimePostponesMaintenance) {
  Records records;
  const auto store = OpenLance({}, AccessMode::kWrite, records.function());
  for (int i = 0; i < 5; ++i) ASSERT_THAT(store->Write("video", Video(i)), IsOk());
  EXPECT_THAT(store->Close({.deadline = std::chrono::steady_clock::now()}), IsOk());
  EXPECT_FALSE(store->is_open());
  const auto told = records.Of(LogSubject::kMaintenance);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].severity, LogSeverity::kInfo);
  EXPECT_EQ(TextIn(told[0], "error"), "Timeout");
  EXPECT_THAT(records.warnings(), IsEmpty());
  EXPECT_EQ(Get(OpenLance(Off(), AccessMode::kRead)->administration().GetTableStatistics("video"))
                .fragments,
            5);
}

}  // namespace
}  // namespace metaxy::testing
