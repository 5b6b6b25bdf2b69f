#include <arrow/array.h>

#include <algorithm>
#include <thread>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<arrow::Field> IdField() { return arrow::field("id", arrow::int64()); }

std::shared_ptr<arrow::Schema> People() {
  return arrow::schema(
      {IdField(), arrow::field("Name", arrow::utf8()),
       arrow::field(
           "s", arrow::struct_(
                    {arrow::field("x.y", arrow::utf8()), arrow::field("z", arrow::int32()),
                     arrow::field(
                         "in", arrow::struct_({IdField(), arrow::field("u", arrow::utf8())}))}))});
}

class ScanTest : public BridgeTest {
 protected:
  ScanTest()
      : table_(Create("t", RowsOf(People(), {R"([
      {"id": 1, "Name": "ann", "s": {"x.y": "p", "z": 10, "in": {"id": 5, "u": "v"}}},
      {"id": 2, "Name": "bob", "s": {"x.y": null, "z": 20, "in": null}},
      {"id": 3, "Name": null, "s": null}])"}))) {}

  LanceTable& table() { return *table_; }

 private:
  std::unique_ptr<LanceTable> table_;
};

TEST_F(ScanTest, ProjectsColumnsInTheOrderAskedFor) {
  ExpectRows(Must(table().Scan({.columns = {{"Name", "id"}}})),
             arrow::schema({arrow::field("Name", arrow::utf8()), IdField()}),
             R"([{"Name": "ann", "id": 1}, {"Name": "bob", "id": 2}, {"Name": null, "id": 3}])");
}

TEST_F(ScanTest, ProjectsChildrenOfStructs) {
  auto s = [](const arrow::FieldVector& children) {
    return arrow::field("s", arrow::struct_(children));
  };
  auto xy = arrow::field("x.y", arrow::utf8());
  auto z = arrow::field("z", arrow::int32());
  struct Case {
    std::vector<std::string> columns;
    std::shared_ptr<arrow::Field> field;
    std::string json;
  };
  for (const Case& c : {
           Case{{"s.z"}, s({z}), R"([{"s": {"z": 10}}, {"s": {"z": 20}}, {"s": null}])"},
           Case{
               {"s.`x.y`"}, s({xy}), R"([{"s": {"x.y": "p"}}, {"s": {"x.y": null}}, {"s": null}])"},
           Case{{"s.`x.y`", "s.z"},
                s({xy, z}),
                R"([{"s": {"x.y": "p", "z": 10}}, {"s": {"x.y": null, "z": 20}}, {"s": null}])"},
           Case{{"s.in.u"},
                s({arrow::field("in", arrow::struct_({arrow::field("u", arrow::utf8())}))}),
                R"([{"s": {"in": {"u": "v"}}}, {"s": {"in": null}}, {"s": null}])"},
       }) {
    ExpectRows(Must(table().Scan({.columns = c.columns})), arrow::schema({c.field}), c.json);
  }
}

TEST_F(ScanTest, GivesRowIds) {
  auto row_id = arrow::field("_rowid", arrow::uint64());
  ExpectRows(Must(table().Scan({.columns = {{"id"}}, .with_row_id = true})),
             arrow::schema({IdField(), row_id}),
             R"([{"id": 1, "_rowid": 0}, {"id": 2, "_rowid": 1}, {"id": 3, "_rowid": 2}])");
  ExpectRows(Must(table().Scan({.columns = std::vector<std::string>{}, .with_row_id = true})),
             arrow::schema({row_id}), R"([{"_rowid": 0}, {"_rowid": 1}, {"_rowid": 2}])");
  auto all = Collect(Must(table().Scan({.with_row_id = true})));
  EXPECT_EQ(all->num_columns(), 4);
}

TEST_F(ScanTest, Filters) {
  struct Case {
    std::string filter;
    std::vector<int64_t> ids;
  };
  for (const Case& c : {
           Case{"", {1, 2, 3}},
           Case{"id > 1", {2, 3}},
           Case{"id IN (1, 3) AND Name IS NOT NULL", {1}},
           Case{"Name = 'bob'", {2}},
           Case{"name = 'bob'", {2}},
           Case{"`Name` = 'bob'", {2}},
           Case{"\"Name\" = 'bob'", {2}},
           Case{"Name = 'it''s'", {}},
           Case{"s.z = 20", {2}},
           Case{"s.`x.y` = 'p'", {1}},
           Case{"\"s\".\"x.y\" = 'p'", {1}},
           Case{"s.in.u IS NULL", {2, 3}},
           Case{"NOT (id = 2)", {1, 3}},
       }) {
    SCOPED_TRACE(c.filter);
    // The columns of the filter are not among those read, except for id.
    auto rows = Collect(Must(table().Scan({.columns = {{"id"}}, .filter = c.filter})));
    EXPECT_EQ(Int64s(*rows, "id"), c.ids);
    EXPECT_EQ(Must(table().CountRows(c.filter)), static_cast<int64_t>(c.ids.size()));
  }
}

TEST_F(ScanTest, RefusesInvalidOptions) {
  struct Case {
    LanceScanOptions options;
    ErrorCode code;
    std::string message;
  };
  for (const Case& c : {
           Case{{.columns = {{"absent"}}},
                ErrorCode::kMetadataSchema,
                "no column 'absent'; its columns are id, Name, s"},
           Case{{.columns = {{"s.absent"}}}, ErrorCode::kMetadataSchema, "'s.absent'"},
           Case{{.columns = {{"id.x"}}}, ErrorCode::kMetadataSchema, "'id.x'"},
           Case{{.columns = {{"s."}}}, ErrorCode::kMetadataSchema, "'s.'"},
           Case{{.columns = {{""}}}, ErrorCode::kMetadataSchema, "''"},
           Case{{.columns = std::vector<std::string>{}},
                ErrorCode::kInvalidInput,
                "neither columns nor row ids"},
           Case{{.filter = "id >"}, ErrorCode::kInvalidInput, "'id >'"},
           Case{{.filter = "id = 'unclosed"}, ErrorCode::kInvalidInput, "unclosed"},
           Case{{.filter = "absent = 1"}, ErrorCode::kInvalidInput, "absent"},
           Case{{.filter = "id = 'x'"}, ErrorCode::kInvalidInput, "id = 'x'"},
           Case{{.filter = "nosuchfunction(id) = 1"}, ErrorCode::kInvalidInput, "nosuchfunction"},
           Case{{.limit = -1}, ErrorCode::kInvalidInput, "limit"},
           Case{{.offset = -1}, ErrorCode::kInvalidInput, "offset"},
           Case{{.batch_size = -1}, ErrorCode::kInvalidInput, "batch_size"},
       }) {
    EXPECT_THAT(table().Scan(c.options).status(), FailsWith(c.code, c.message));
  }
}

// Such a failure occurs while reading, and still has its code.
TEST_F(ScanTest, FailsWithACodeWhileReading) {
  auto rows = Must(table().Scan({.filter = "regexp_match(Name, '[') IS NOT NULL"}));
  EXPECT_THAT(rows->ToTable().status(),
              FailsWith(ErrorCode::kInvalidInput, "cannot scan table 't'"));
}

class BigScanTest : public BridgeTest {
 protected:
  /// Three fragments.
  BigScanTest() : table_(Create("t", Numbers(0, 100000, 7000))) {
    Must(table_->Append(Numbers(100000, 50000)));
    Must(table_->Append(Numbers(150000, 50000)));
    Must(table_->CheckoutLatest());
  }
  static constexpr int64_t kRows = 200000;

  LanceTable& table() { return *table_; }
  std::unique_ptr<LanceTable> table_;
};

TEST_F(BigScanTest, KeepsTheOrderOfTheTable) {
  for (int batch_size : {0, 1000, 65536, 300000}) {
    auto ids = Int64s(*Collect(Must(table().Scan({.batch_size = batch_size}))), "id");
    ASSERT_EQ(ids.size(), static_cast<size_t>(kRows));
    for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i));
  }
}

TEST_F(BigScanTest, GivesAllRowsInAnyOrder) {
  auto ids = Int64s(
      *Collect(Must(table().Scan(
          {.batch_size = 1000, .batch_readahead = 4, .fragment_readahead = 3, .ordered = false}))),
      "id");
  std::sort(ids.begin(), ids.end());
  ASSERT_EQ(ids.size(), static_cast<size_t>(kRows));
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i));
}

TEST_F(BigScanTest, GivesTheSameRowsWhenEager) {
  for (const bool eager : {false, true}) {
    const auto rows = Collect(Must(table().Scan(
        {.filter = "id % 1000 = 7", .with_row_id = true, .batch_size = 4096, .eager = eager})));
    const auto ids = Int64s(*rows, "id");
    ASSERT_EQ(ids.size(), static_cast<size_t>(kRows / 1000));
    for (size_t i = 0; i < ids.size(); ++i)
      ASSERT_EQ(ids[i], static_cast<int64_t>(i) * 1000 + 7) << eager;
  }
}

TEST_F(BigScanTest, KeepsToTheBatchSize) {
  auto rows = Must(table().Scan({.batch_size = 1000}));
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t total = 0;
  for (Must(rows->ReadNext(&batch)); batch != nullptr; Must(rows->ReadNext(&batch))) {
    EXPECT_LE(batch->num_rows(), 1000);
    EXPECT_GT(batch->num_rows(), 0);
    total += batch->num_rows();
  }
  EXPECT_EQ(total, kRows);
}

TEST_F(BigScanTest, LimitsAndSkips) {
  struct Case {
    std::optional<int64_t> limit;
    int64_t offset;
    int64_t first;
    int64_t count;
  };
  for (const Case& c : {Case{0, 0, 0, 0}, Case{5, 0, 0, 5}, Case{5, 99998, 99998, 5},
                        Case{std::nullopt, kRows - 2, kRows - 2, 2}, Case{10, kRows + 1, 0, 0},
                        Case{kRows * 2, 0, 0, kRows}}) {
    SCOPED_TRACE(std::to_string(c.limit.value_or(-1)) + " from " + std::to_string(c.offset));
    auto ids = Int64s(*Collect(Must(table().Scan({.limit = c.limit, .offset = c.offset}))), "id");
    ASSERT_EQ(ids.size(), static_cast<size_t>(c.count));
    if (c.count > 0) {
      EXPECT_EQ(ids.front(), c.first);
      EXPECT_EQ(ids.back(), c.first + c.count - 1);
    }
  }
}

TEST_F(BigScanTest, OutlivesItsTableAndConnection) {
  Rows rows = Must(table().Scan({.batch_size = 1000}));
  std::shared_ptr<arrow::RecordBatch> first;
  Must(rows->ReadNext(&first));
  table_.reset();
  EXPECT_EQ(Collect(rows)->num_rows(), kRows - first->num_rows());
  rows.reset();
  // Batches outlive their stream.
  EXPECT_EQ(first->column(0)->length(), first->num_rows());
  EXPECT_TRUE(first->ValidateFull().ok());
}

TEST_F(BigScanTest, StopsWhenItIsReleasedEarly) {
  for (int i = 0; i < 20; ++i) {
    Rows rows = Must(table().Scan({.batch_size = 100}));
    if (i % 2 == 0) {
      std::shared_ptr<arrow::RecordBatch> batch;
      Must(rows->ReadNext(&batch));
    }
    Must(rows->Close());
    std::shared_ptr<arrow::RecordBatch> batch;
    EXPECT_FALSE(rows->ReadNext(&batch).ok());
  }
}

TEST_F(BigScanTest, ServesSeveralThreads) {
  std::vector<std::thread> threads;
  std::vector<int64_t> counts(4);
  for (size_t i = 0; i < counts.size(); ++i) {
    threads.emplace_back(
        [&, i] { counts[i] = Collect(Must(table().Scan({.filter = "id % 2 = 0"})))->num_rows(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(counts, ElementsAre(kRows / 2, kRows / 2, kRows / 2, kRows / 2));
}

TEST_F(BigScanTest, LeavesOutDeletedRows) {
  Must(table().Delete("id >= 10 AND id < 199990"));
  Must(table().CheckoutLatest());
  auto ids = Int64s(*Collect(Must(table().Scan())), "id");
  ASSERT_EQ(ids.size(), 20U);
  EXPECT_EQ(ids[9], 9);
  EXPECT_EQ(ids[10], 199990);
}

}  // namespace
}  // namespace metaxy::internal
