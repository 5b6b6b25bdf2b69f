// `metadata read --sort`
#include "cli/sorted_rows.h"

#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/frames.h"

namespace metaxy::cli {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::Table> Rows() {
  return testing::TableFromJson(
      {{"id", arrow::utf8()},
       {"n", arrow::int64()},
       {"s", arrow::struct_({arrow::field("x", arrow::int64())})}},
      R"([{"id": "c", "n": 1}, {"id": "a", "n": 2}, {"id": "b"}, {"id": "d", "n": 2}])");
}

std::string Ids(const std::string& sort) {
  arrow::Result<std::vector<SortColumn>> columns = ParseSort(sort);
  if (!columns.ok()) return columns.status().message();
  arrow::TableBatchReader rows(Rows());
  rows.set_chunksize(2);
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> sorted = SortRows(&rows, *columns);
  if (!sorted.ok()) return sorted.status().message();
  std::string ids;
  const std::shared_ptr<arrow::Table> table = (*sorted)->ToTable().ValueOrDie();
  for (int64_t row = 0; row < table->num_rows(); ++row)
    ids += table->column(0)->GetScalar(row).ValueOrDie()->ToString();
  return ids;
}

TEST(SortedRowsTest, SortsByColumnsRowsWithoutValueFirst) {
  EXPECT_EQ(Ids("id"), "abcd");
  EXPECT_EQ(Ids("-id"), "dcba");
  EXPECT_EQ(Ids("n, id"), "bcad");
  EXPECT_EQ(Ids("-n,-id"), "bdac");
}

TEST(SortedRowsTest, RefusesWhatHasNoOrder) {
  EXPECT_THAT(
      Ids("idd"),
      HasSubstr("'idd': there is no such column among those that are read; did you mean 'id'?"));
  EXPECT_THAT(Ids("s"),
              HasSubstr("cannot sort by 's': values of type struct<x: int64> have no order"));
  EXPECT_THAT(Ids("id,,n"), HasSubstr("--sort has an empty name: 'id,,n'"));
  EXPECT_THAT(Ids("-"), HasSubstr("--sort has an empty name"));
}

}  // namespace
}  // namespace metaxy::cli
