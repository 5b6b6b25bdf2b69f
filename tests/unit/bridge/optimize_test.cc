// Compaction, pruning and the statistics that show when they are due.
#include <fstream>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

class OptimizeTest : public BridgeTest {
 protected:
  /// Ten fragments in ten versions.
  OptimizeTest() : table_(Create("t", Numbers(0, 100))) {
    for (int i = 1; i < 10; ++i) Must(table_->Append(Numbers(i * 100, 100)));
    Must(table_->CheckoutLatest());
  }

  LanceTable& table() { return *table_; }
  int64_t Files(const std::string& folder) const {
    std::filesystem::directory_iterator files(directory() / "db" / "t.lance" / folder);
    return std::distance(begin(files), end(files));
  }

 private:
  std::unique_ptr<LanceTable> table_;
};

TEST_F(OptimizeTest, ReportsStatistics) {
  LanceTableStats stats = Must(table().Stats());
  EXPECT_EQ(stats.rows, 1000);
  EXPECT_EQ(stats.deleted_rows, 0);
  EXPECT_EQ(stats.fragments, 10);
  EXPECT_EQ(stats.small_fragments, 10);
  EXPECT_EQ(stats.data_files, 10);
  EXPECT_EQ(stats.deletion_files, 0);
  EXPECT_EQ(stats.versions, 10);
  EXPECT_GT(stats.bytes, 1000);
  EXPECT_EQ(Must(table().Stats(100)).small_fragments, 0);
  EXPECT_EQ(Must(table().Stats(101)).small_fragments, 10);
  EXPECT_THAT(table().Stats(-1).status(),
              FailsWith(ErrorCode::kInvalidInput, "small_fragment_rows"));
}

TEST_F(OptimizeTest, CompactsAndPrunes) {
  Must(table().Delete("id % 100 < 50"));
  LanceCompactResult compacted = Must(table().Compact());
  EXPECT_EQ(compacted.fragments_removed, 10U);
  EXPECT_EQ(compacted.fragments_added, 1U);
  EXPECT_EQ(Must(table().CountRows()), 1000);  // The handle has not moved.
  Must(table().CheckoutLatest());
  LanceTableStats stats = Must(table().Stats());
  EXPECT_EQ(stats.rows, 500);
  EXPECT_EQ(stats.deleted_rows, 0);
  EXPECT_EQ(stats.fragments, 1);
  auto ids = Int64s(*Collect(Must(table().Scan())), "id");
  ASSERT_EQ(ids.size(), 500U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(Must(table().Compact()).fragments_removed, 0U);

  EXPECT_EQ(Must(table().Prune({.older_than = std::chrono::hours(1)})).versions_removed, 0U);
  EXPECT_EQ(Files("data"), 11);
  Must(table().CreateTag("keep", 3));
  EXPECT_THAT(table().Prune({.error_if_tagged = true}).status(),
              FailsWith(ErrorCode::kInvalidInput, "tagged"));
  LancePruneResult pruned = Must(table().Prune({}));
  EXPECT_EQ(pruned.versions_removed, static_cast<uint64_t>(*stats.versions) - 2);
  EXPECT_EQ(pruned.data_files_removed, 7U);
  EXPECT_GT(pruned.bytes_removed, 0U);
  EXPECT_EQ(pruned.failed_deletes, 0U);
  EXPECT_EQ(Files("data"), 4);
  EXPECT_EQ(Must(table().Versions()).size(), 2U);
  Must(table().Checkout(3));
  EXPECT_EQ(Must(table().CountRows()), 300);
  EXPECT_THAT(table().Checkout(4), FailsWith(ErrorCode::kInvalidInput, "version 4"));
  Must(table().CheckoutLatest());
  EXPECT_EQ(Must(table().CountRows()), 500);
}

// Lance itself removes files that a branch still needs.
TEST_F(OptimizeTest, KeepsOldVersionsIfThereAreBranches) {
  const auto refs = directory() / "db" / "t.lance" / "_refs" / "branches";
  std::filesystem::create_directories(refs);
  std::ofstream(refs / "try.json")
      << R"({"parentBranch": null, "parentVersion": 3, "createAt": 1, "manifestSize": 1,
             "identifier": {"version_mapping": [[3, "15b1d047280448e59824e960b0631397"]]},
             "metadata": {}})";
  EXPECT_THAT(table().Prune({.older_than = std::chrono::seconds(0)}).status(),
              FailsWith(ErrorCode::kNotSupported, "it has branches (try)"));
  EXPECT_EQ(Must(table().Stats()).versions, 10);
  std::filesystem::remove_all(refs);
  EXPECT_EQ(Must(table().Prune({.older_than = std::chrono::seconds(0)})).versions_removed, 9U);
}

TEST_F(OptimizeTest, CompactsAsAsked) {
  LanceCompactResult compacted =
      Must(table().Compact({.target_rows_per_fragment = 250, .batch_size = 64, .num_threads = 1}));
  EXPECT_EQ(compacted.fragments_removed, 10U);
  Must(table().CheckoutLatest());
  EXPECT_LE(*Must(table().Stats()).fragments, 5);
  EXPECT_EQ(Must(table().CountRows()), 1000);
}

TEST_F(OptimizeTest, LeavesDeletionsAsAsked) {
  auto table = Create("one", Numbers(0, 1000));
  Must(table->Delete("id < 300"));
  EXPECT_EQ(
      Must(table->Compact({.target_rows_per_fragment = 500, .materialize_deletions_threshold = -1}))
          .fragments_removed,
      0U);
  EXPECT_EQ(Must(table->Compact(
                     {.target_rows_per_fragment = 500, .materialize_deletions_threshold = 0.5}))
                .fragments_removed,
            0U);
  EXPECT_EQ(Must(table->Compact(
                     {.target_rows_per_fragment = 500, .materialize_deletions_threshold = 0.2}))
                .fragments_removed,
            1U);
  for (double nonsense : {1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(table->Compact({.materialize_deletions_threshold = nonsense}).status(),
                FailsWith(ErrorCode::kInvalidInput, "materialize_deletions_threshold"));
  }
}

TEST_F(OptimizeTest, RefusesInvalidAges) {
  EXPECT_THAT(table().Prune({.older_than = std::chrono::seconds(-1)}).status(),
              FailsWith(ErrorCode::kInvalidInput, "older_than"));
  EXPECT_THAT(table().Prune({.older_than = std::chrono::seconds::max()}).status(),
              FailsWith(ErrorCode::kInvalidInput, "too large"));
}

TEST_F(OptimizeTest, RemovesFilesThatNoVersionNames) {
  auto before = Files("data");
  class Failing : public arrow::RecordBatchReader {
   public:
    std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
      ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
      return *batch == nullptr ? arrow::Status::IOError("broke") : arrow::Status::OK();
    }
    Rows rows_ = Numbers(0, 100);
  };
  EXPECT_FALSE(table().Append(std::make_shared<Failing>()).ok());
  Must(table().Prune({}));
  Must(table().Prune({.delete_unverified = true}));
  EXPECT_EQ(Files("data"), before);
}

}  // namespace
}  // namespace metaxy::internal
