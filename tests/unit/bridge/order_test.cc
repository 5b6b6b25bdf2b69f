// Compaction keeps the order of rows with equal timestamps, and removal goes by the store's clock.
#include <sys/stat.h>
#include <sys/time.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using Micros = std::chrono::sys_time<microseconds>;

Micros Now() { return std::chrono::floor<microseconds>(std::chrono::system_clock::now()); }

class OrderTest : public BridgeTest {
 protected:
  // `count` rows of one time, with ids from `first` on.
  static Rows Timed(int64_t first, int64_t count, int64_t micros) {
    std::string rows;
    for (int64_t id = first; id < first + count; ++id) {
      rows += (rows.empty() ? "" : ",") + std::string(R"({"id": )") + std::to_string(id) +
              R"(, "updated": )" + std::to_string(micros) + "}";
    }
    return RowsOf(
        arrow::schema({arrow::field("id", arrow::int64()),
                       arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO))}),
        {"[" + rows + "]"});
  }

  // Fragments of 1, 1, 1, 50, 1, 1, 1 rows with these times.
  std::unique_ptr<LanceTable> SmallAndLarge(const std::vector<int64_t>& times) {
    auto table = Create("t", Timed(0, 1, times[0]));
    int64_t next = 1;
    for (size_t i = 1; i < 7; ++i) {
      const int64_t count = i == 3 ? 50 : 1;
      Must(table->Append(Timed(next, count, times[i])));
      next += count;
    }
    Must(table->CheckoutLatest());
    return table;
  }

  static LanceCompactOptions Small(std::vector<std::string> order = {"updated"}) {
    return {.target_rows_per_fragment = 40, .num_threads = 1, .order = std::move(order)};
  }

  static bool IsInOrder(LanceTable& table) {
    Must(table.CheckoutLatest());
    const auto ids = Int64s(*Collect(Must(table.Scan())), "id");
    return std::is_sorted(ids.begin(), ids.end());
  }

  std::filesystem::path TableDirectory() const { return directory() / "db" / "t.lance"; }

  // As if the files below had been written so long ago.
  void Age(const std::string& folder, std::chrono::seconds age) const {
    const auto then = std::chrono::system_clock::now() - age;
    for (const auto& entry : std::filesystem::directory_iterator(TableDirectory() / folder)) {
      const timeval at = {std::chrono::system_clock::to_time_t(then), 0};
      const timeval both[2] = {at, at};
      ASSERT_EQ(utimes(entry.path().c_str(), both), 0);
    }
  }
};

// A merged fragment gets a new number, behind all others.
TEST_F(OrderTest, RowsOfOneTimeAreNotMovedPastEachOther) {
  const auto table = SmallAndLarge({7, 7, 7, 7, 7, 7, 7});
  const LanceCompactResult merged = Must(table->Compact(Small()));
  // Those behind the large one are, those before it are not.
  EXPECT_EQ(merged.fragments_removed, 3U);
  EXPECT_EQ(merged.fragments_added, 1U);
  EXPECT_TRUE(IsInOrder(*table));
  EXPECT_EQ(Must(table->Compact(Small())).fragments_removed, 0U);
}

TEST_F(OrderTest, RowsOfOtherTimesAre) {
  const auto table = SmallAndLarge({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(Must(table->Compact(Small())).fragments_removed, 6U);
  EXPECT_FALSE(IsInOrder(*table));
  EXPECT_EQ(Must(table->CountRows()), 56);
}

TEST_F(OrderTest, OneEqualTimeIsEnough) {
  // That of the first one, and of one behind the large one, which is merged itself: both move, and
  // stay in their order.
  EXPECT_EQ(Must(SmallAndLarge({7, 2, 3, 4, 5, 6, 7})->Compact(Small())).fragments_removed, 6U);
  Must(connection().DropTable("t"));
  EXPECT_EQ(Must(SmallAndLarge({1, 4, 3, 4, 5, 6, 7})->Compact(Small())).fragments_removed, 3U);
}

TEST_F(OrderTest, WithoutColumnsToGoByOnlyTheEndIsMerged) {
  const auto table = SmallAndLarge({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(Must(table->Compact(Small({}))).fragments_removed, 3U);
  EXPECT_TRUE(IsInOrder(*table));
  // Neither by columns that are not there.
  EXPECT_EQ(Must(table->Compact(Small({"other"}))).fragments_removed, 0U);
}

// Lance numbers a merged fragment when it is written, so that what was appended meanwhile would
// come to stand before it.
TEST_F(OrderTest, RowsThatAreAppendedMeanwhileStayBehind) {
  const auto table = Create("t", Timed(0, 1, 7));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int64_t id = 1; id < 60; ++id) Must(table->Append(Timed(id, 1, 7)));
    done = true;
  });
  const auto other = Must(connection().OpenTable("t"));
  int merges = 0;
  while (!done) {
    const auto merged = other->Compact({.target_rows_per_fragment = 1000, .order = {"updated"}});
    if (merged.ok()) merges += static_cast<int>(merged->fragments_added);
  }
  writer.join();
  EXPECT_GT(merges, 0);
  EXPECT_TRUE(IsInOrder(*table));
  EXPECT_EQ(Must(table->CountRows()), 60);
}

TEST_F(OrderTest, DeletedRowsGoWithoutMovingOthers) {
  const auto table = SmallAndLarge({7, 7, 7, 7, 7, 7, 7});
  Must(table->Delete("id >= 10 and id < 40"));
  // The large one itself is due now, and can be rewritten together with what follows it.
  EXPECT_EQ(Must(table->Compact(Small())).fragments_removed, 7U);
  EXPECT_TRUE(IsInOrder(*table));
  EXPECT_EQ(Must(table->Stats()).deleted_rows, 0);
}

TEST_F(OrderTest, TheAgeOfAVersionIsThatOfItsFile) {
  const auto table = Create("t", Timed(0, 1, 7));
  for (int i = 1; i < 5; ++i) Must(table->Append(Timed(i, 1, 7)));
  // By the manifests all are of this second, as those of a machine that is ahead would be.
  Age("_versions", days(10));
  Must(table->Append(Timed(5, 1, 7)));
  const auto stored = Must(table->StoredVersions());
  ASSERT_EQ(stored.size(), 6U);
  EXPECT_LT(stored[4].timestamp, Now() - days(9));
  EXPECT_GT(stored[5].timestamp, Now() - hours(1));
  EXPECT_EQ(Must(table->Prune({.older_than = days(11)})).versions_removed, 0U);
  EXPECT_EQ(Must(table->Prune({.older_than = days(9)})).versions_removed, 5U);
  EXPECT_EQ(Must(table->CountRows()), 1);
}

TEST_F(OrderTest, TheTimeOfTheStoreCanBeGiven) {
  const auto table = Create("t", Timed(0, 1, 7));
  for (int i = 1; i < 5; ++i) Must(table->Append(Timed(i, 1, 7)));
  // A file of a write that is under way; or one that was cut off, if this is eight days later.
  std::ofstream(TableDirectory() / "data" / "cut-off.lance") << "x";
  const auto left = [this] {
    return std::filesystem::exists(TableDirectory() / "data" / "cut-off.lance");
  };
  Must(table->Prune({.older_than = days(7), .now = Now() - days(30)}));
  EXPECT_EQ(Must(table->StoredVersions()).size(), 5U);
  EXPECT_TRUE(left());
  Must(table->Prune({.older_than = days(7), .now = Now() + days(6)}));
  EXPECT_EQ(Must(table->StoredVersions()).size(), 5U);
  EXPECT_TRUE(left());
  // The clock of this machine is eight days behind that of the store.
  const LancePruneResult pruned =
      Must(table->Prune({.older_than = days(7), .now = Now() + days(8)}));
  EXPECT_EQ(pruned.versions_removed, 4U);
  EXPECT_FALSE(left());
}

// Of this machine's clock nobody knows anything: the latest version was stored at some time.
TEST_F(OrderTest, WhereTheTimeIsUnknownFilesAreTakenForYoung) {
  const auto table = Create("t", Timed(0, 1, 7));
  std::ofstream(TableDirectory() / "data" / "under-way.lance") << "x";
  Age("data", days(8));
  Age("_versions", days(5));
  Must(table->Prune({.older_than = days(7)}));
  EXPECT_TRUE(std::filesystem::exists(TableDirectory() / "data" / "under-way.lance"));
  Must(table->Prune({.older_than = days(7), .now = Now()}));
  EXPECT_FALSE(std::filesystem::exists(TableDirectory() / "data" / "under-way.lance"));
}

// Removes, at its end, all data files but one: as another machine may.
class Vandal final : public arrow::RecordBatchReader {
 public:
  Vandal(Rows rows, std::filesystem::path kept) : rows_(std::move(rows)), kept_(std::move(kept)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
    while (!*batch && !RemoveOthers()) std::this_thread::yield();
    return arrow::Status::OK();
  }

 private:
  bool RemoveOthers() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(kept_.parent_path()))
      files.push_back(entry.path());
    bool removed = false;
    for (const auto& file : files)
      removed = (file != kept_ && file.extension() == ".lance" && std::filesystem::remove(file)) ||
                removed;
    return removed;
  }

  Rows rows_;
  std::filesystem::path kept_;
};

// Its table could not be read.
TEST_F(OrderTest, AWriteWhoseFilesAreGoneIsNotCommitted) {
  const auto table = Create("t", Numbers(0, 3));
  const auto rows = std::make_shared<Vandal>(Numbers(3, 2500), FileOf("t", "data/"));
  EXPECT_THAT(table->Append(rows, {.max_rows_per_file = 1000}).status(),
              FailsWith(ErrorCode::kCommitConflict, "was removed before the commit"));
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 3);
}

}  // namespace
}  // namespace metaxy::internal
