// Rows that are hashed, compared and ordered by their id columns.
#include "versioning/key_columns.h"

#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>

#include "support/matchers.h"
#include "versioning/row_index.h"

namespace metaxy::testing {
namespace {

using internal::KeyColumns;
using internal::kNoRow;
using internal::RowIndex;
using ::testing::ElementsAre;

std::shared_ptr<arrow::Array> Array(const std::shared_ptr<arrow::DataType>& type,
                                    const char* json) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  return Get(arrow::json::ArrayFromJSONString(type, json));
}

KeyColumns Keys(const std::shared_ptr<arrow::DataType>& type, const char* json) {
  return Get(KeyColumns::Make({Array(type, json)}, {"id"}));
}

// Each case has rows in ascending order, the first of them null.
struct OrderCase {
  std::shared_ptr<arrow::DataType> type;
  const char* ascending;
};

TEST(KeyColumnsTest, OrdersValuesOfEveryType) {
  const std::vector<OrderCase> cases = {
      {arrow::utf8(), R"([null, "", "a", "aa", "b", "é"])"},
      {arrow::large_utf8(), R"([null, "", "a"])"},
      {arrow::utf8_view(), R"([null, "", "a"])"},
      {arrow::binary(), R"([null, "", "a"])"},
      {arrow::dictionary(arrow::int32(), arrow::utf8()), R"([null, "a", "b"])"},
      {arrow::boolean(), "[null, false, true]"},
      {arrow::int8(), "[null, -128, -1, 0, 127]"},
      {arrow::int64(), "[null, -9223372036854775808, 0, 9223372036854775807]"},
      {arrow::uint64(), "[null, 0, 1, 18446744073709551615]"},
      {arrow::float64(), "[null, -Inf, -1.5, 0.0, 1e300, Inf, NaN]"},
      {arrow::float32(), "[null, -1.5, 0.5]"},
      {arrow::date32(), "[null, -1, 0, 20000]"},
      {arrow::timestamp(arrow::TimeUnit::NANO), "[null, 0, 1]"},
      {arrow::timestamp(arrow::TimeUnit::SECOND), "[null, 0, 1]"},
      {arrow::decimal128(10, 2), R"([null, "-1.50", "0.00", "1.50"])"},
  };
  for (const OrderCase& c : cases) {
    SCOPED_TRACE(c.type->ToString());
    const KeyColumns keys = Keys(c.type, c.ascending);
    const std::vector<uint64_t> hashes = keys.Hashes();
    for (int64_t a = 0; a < keys.num_rows(); ++a) {
      for (int64_t b = 0; b < keys.num_rows(); ++b) {
        EXPECT_EQ(keys.Compare(a, b) < 0, a < b) << a << " " << b;
        EXPECT_EQ(KeyColumns::Equal(keys, a, keys, b), a == b) << a << " " << b;
        EXPECT_EQ(hashes[static_cast<size_t>(a)] == hashes[static_cast<size_t>(b)], a == b)
            << a << " " << b;
      }
    }
    EXPECT_TRUE(keys.HasNull(0));
    EXPECT_FALSE(keys.HasNull(1));
  }
}

TEST(KeyColumnsTest, EqualValuesOfDifferentTypesMatch) {
  struct Case {
    KeyColumns left;
    KeyColumns right;
  };
  const std::vector<Case> cases = {
      {Keys(arrow::int32(), "[7]"), Keys(arrow::int64(), "[7]")},
      {Keys(arrow::int8(), "[7]"), Keys(arrow::uint64(), "[7]")},
      {Keys(arrow::utf8(), R"(["é"])"), Keys(arrow::large_utf8(), R"(["é"])")},
      {Keys(arrow::utf8(), R"(["a"])"),
       Keys(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a"])")},
      {Keys(arrow::float32(), "[0.5]"), Keys(arrow::float64(), "[0.5]")},
      {Keys(arrow::float64(), "[-0.0]"), Keys(arrow::float64(), "[0.0]")},
      {Keys(arrow::timestamp(arrow::TimeUnit::SECOND), "[1]"),
       Keys(arrow::timestamp(arrow::TimeUnit::MICRO), "[1000000]")},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.left.arrays()[0]->type()->ToString() + " and " +
                 c.right.arrays()[0]->type()->ToString());
    EXPECT_THAT(KeyColumns::CheckComparable(c.left, c.right), IsOk());
    EXPECT_TRUE(KeyColumns::Equal(c.left, 0, c.right, 0));
    EXPECT_EQ(c.left.Hashes(), c.right.Hashes());
  }
  const KeyColumns minus_one = Keys(arrow::int64(), "[-1]");
  EXPECT_FALSE(KeyColumns::Equal(minus_one, 0, Keys(arrow::uint64(), "[18446744073709551615]"), 0));
}

TEST(KeyColumnsTest, RefusesWhatCannotMatchOrIdentify) {
  EXPECT_THAT(
      KeyColumns::CheckComparable(Keys(arrow::int64(), "[1]"), Keys(arrow::utf8(), R"(["1"])")),
      FailsWith(ErrorCode::kMetadataSchema,
                "'id' is of type int64 on one side and string on the other"));
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto moments = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::shared_ptr<arrow::DataType>>>
      cases = {{arrow::date32(), arrow::int32()},
               {arrow::date32(), micros},
               {micros, moments},
               {micros, arrow::timestamp(arrow::TimeUnit::NANO)},
               {arrow::boolean(), arrow::int8()},
               {arrow::duration(arrow::TimeUnit::MICRO), arrow::int64()},
               {arrow::time64(arrow::TimeUnit::MICRO), arrow::time64(arrow::TimeUnit::NANO)},
               {arrow::binary(), arrow::utf8()},
               {arrow::float64(), arrow::int32()},
               {arrow::decimal128(10, 2), arrow::decimal128(10, 3)}};
  for (const auto& [left, right] : cases) {
    EXPECT_THAT(KeyColumns::CheckComparable(Keys(left, "[null]"), Keys(right, "[null]")),
                FailsWith(ErrorCode::kMetadataSchema, left->ToString() + " on one side and " +
                                                          right->ToString() + " on the other"));
    EXPECT_THAT(KeyColumns::CheckComparable(Keys(left, "[null]"), Keys(left, "[null]")), IsOk());
  }
  EXPECT_THAT(KeyColumns::Make({Array(arrow::list(arrow::int8()), "[[1]]")}, {"tags"}),
              FailsWith(ErrorCode::kMetadataSchema, "'tags' has type list"));
}

TEST(RowIndexTest, FindsAllRowsOfAKey) {
  const KeyColumns keys = Keys(arrow::utf8(), R"(["a", "b", null, "a", "c", "a", null])");
  const RowIndex index = Get(RowIndex::Build(keys, /*skip_nulls=*/false));
  EXPECT_THAT(index.first_rows(), ElementsAre(0, 1, 2, 4));
  const auto rows_of = [&](const RowIndex& of, const KeyColumns& other, int64_t row) {
    std::vector<uint32_t> rows;
    for (uint32_t r = of.Find(other, row, other.Hashes()[static_cast<size_t>(row)]); r != kNoRow;
         r = of.Next(r)) {
      rows.push_back(r);
    }
    return rows;
  };
  const KeyColumns wanted = Keys(arrow::large_utf8(), R"(["a", null, "z"])");
  EXPECT_THAT(rows_of(index, wanted, 0), ElementsAre(0, 3, 5));
  EXPECT_THAT(rows_of(index, wanted, 1), ElementsAre(2, 6));
  EXPECT_THAT(rows_of(index, wanted, 2), ElementsAre());
  const RowIndex without_nulls = Get(RowIndex::Build(keys, /*skip_nulls=*/true));
  EXPECT_THAT(rows_of(without_nulls, wanted, 1), ElementsAre());
}

}  // namespace
}  // namespace metaxy::testing
