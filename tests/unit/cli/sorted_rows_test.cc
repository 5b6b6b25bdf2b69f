// `metadata read --sort`
#include "cli/output/sorted_rows.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/json/from_string.h>
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

// Positions of the values of a column after sorting; the given values are unordered.
std::vector<int64_t> Order(const std::shared_ptr<arrow::Array>& values, const std::string& sort) {
  arrow::Int64Builder positions;
  for (int64_t row = 0; row < values->length(); ++row) EXPECT_TRUE(positions.Append(row).ok());
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("v", values->type()), arrow::field("i", arrow::int64())}),
      {values, positions.Finish().ValueOrDie()});
  arrow::TableBatchReader rows(table);
  rows.set_chunksize(3);
  const auto sorted = SortRows(&rows, {{"v", sort == "-"}});
  EXPECT_EQ(sorted.status(), arrow::Status::OK()) << values->type()->ToString();
  std::vector<int64_t> order;
  if (!sorted.ok()) return order;
  const auto result = (*sorted)->ToTable().ValueOrDie()->CombineChunksToBatch().ValueOrDie();
  const auto& column = static_cast<const arrow::Int64Array&>(*result->column(1));
  for (int64_t row = 0; row < column.length(); ++row) order.push_back(column.Value(row));
  return order;
}

std::shared_ptr<arrow::Array> Of(const std::shared_ptr<arrow::DataType>& type, const char* json) {
  if (type->id() != arrow::Type::EXTENSION)
    return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  const auto& storage = static_cast<const arrow::ExtensionType&>(*type).storage_type();
  return arrow::ExtensionType::WrapArray(type, Of(storage, json));
}

// As in Polars: nulls first, NaN after all numbers, stable.
TEST(SortedRowsTest, SortsEveryTypeThatHasAnOrder) {
  const std::vector<int64_t> up = {1, 2, 0, 3, 4};
  const std::vector<int64_t> down = {1, 4, 0, 3, 2};
  const char* numbers = "[5, null, 1, 5, 9]";
  const char* decimals = R"(["5", null, "-1", "5", "9"])";
  const char* texts = R"(["efgh", null, "abcd", "efgh", "zzzz"])";
  const auto second = arrow::TimeUnit::SECOND;
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, const char*>> cases = {
      {arrow::int8(), numbers},
      {arrow::uint64(), "[5, null, 1, 5, 18446744073709551615]"},
      {arrow::float16(), "[0.5, null, -Inf, 0.5, NaN]"},
      {arrow::float32(), "[-0.5, null, -1, -0.5, NaN]"},
      {arrow::float64(), "[0, null, -1e300, -0.0, NaN]"},
      {arrow::float64(), "[1e300, null, -Inf, 1e300, Inf]"},
      {arrow::decimal32(5, 0), decimals},
      {arrow::decimal64(5, 0), decimals},
      {arrow::decimal128(5, 0), decimals},
      {arrow::decimal256(60, 0), decimals},
      {arrow::date32(), numbers},
      {arrow::date64(), "[432000000, null, 86400000, 432000000, 777600000]"},
      {arrow::time32(second), numbers},
      {arrow::time64(arrow::TimeUnit::NANO), numbers},
      {arrow::timestamp(second), numbers},
      {arrow::timestamp(second, "Europe/Berlin"), numbers},
      {arrow::duration(second), numbers},
      {arrow::month_interval(), numbers},
      {arrow::utf8(), texts},
      {arrow::large_utf8(), texts},
      {arrow::utf8_view(), texts},
      {arrow::binary(), texts},
      {arrow::large_binary(), texts},
      {arrow::binary_view(), texts},
      {arrow::fixed_size_binary(4), texts},
      {arrow::dictionary(arrow::int8(), arrow::utf8()), texts},
      {arrow::dictionary(arrow::int32(), arrow::float64()), "[5, null, 1, 5, NaN]"},
      {arrow::extension::json(arrow::utf8()), texts},
      {arrow::extension::uuid(), R"(["efghefghefghefgh", null, "abcdefghefghefgh",
                                     "efghefghefghefgh", "zzzzefghefghefgh"])"},
  };
  for (const auto& [type, json] : cases) {
    EXPECT_EQ(Order(Of(type, json), "+"), up) << type->ToString();
    EXPECT_EQ(Order(Of(type, json), "-"), down) << type->ToString();
  }
  EXPECT_EQ(Order(Of(arrow::boolean(), "[true, null, false, true]"), "+"),
            (std::vector<int64_t>{1, 2, 0, 3}));
  EXPECT_EQ(Order(Of(arrow::null(), "[null, null]"), "+"), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(Order(Of(arrow::float16(), "[]"), "+"), std::vector<int64_t>());
  const auto runs = arrow::compute::RunEndEncode(Of(arrow::utf8(), R"(["b", "b", "a"])"));
  EXPECT_EQ(Order(runs->make_array(), "+"), (std::vector<int64_t>{2, 0, 1}));
}

TEST(SortedRowsTest, RefusesTypesWithoutOrder) {
  using arrow::field;
  for (const auto& type :
       {arrow::list(arrow::int8()), arrow::map(arrow::utf8(), arrow::int8()), arrow::struct_({}),
        arrow::dictionary(arrow::int8(), arrow::struct_({field("a", arrow::int8())})),
        arrow::day_time_interval(), arrow::month_day_nano_interval(),
        arrow::dense_union({field("a", arrow::int8())})}) {
    const auto column = std::make_shared<arrow::ChunkedArray>(arrow::ArrayVector(), type);
    const auto table = arrow::Table::Make(arrow::schema({field("v", type)}), {column}, 0);
    arrow::TableBatchReader rows(*table);
    EXPECT_THAT(SortRows(&rows, {{"v", false}}).status().message(),
                HasSubstr("cannot sort by 'v': values of type " + type->ToString()));
  }
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
