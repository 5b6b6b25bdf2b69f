// Hashing and ordering of rows by their id columns.
#include "columns/key_columns.h"

#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using internal::KeyColumns;
using internal::KeyHash;
using internal::KeyHasher;

std::shared_ptr<arrow::Array> Array(const std::shared_ptr<arrow::DataType>& type,
                                    const char* json) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  return Get(arrow::json::ArrayFromJSONString(type, json));
}

KeyColumns Keys(const std::shared_ptr<arrow::DataType>& type, const char* json) {
  return Get(KeyColumns::Make({Array(type, json)}, {"id"}));
}

std::vector<KeyHash> Hashes(const KeyColumns& keys) {
  std::vector<KeyHash> hashes;
  keys.Hash(KeyHasher(42), &hashes);
  return hashes;
}

std::string Ordered(const KeyColumns& keys, int64_t row) {
  std::string bytes;
  keys.AppendOrdered(row, &bytes);
  return bytes;
}

// Each case has rows in ascending order, the first of them null.
struct OrderCase {
  std::shared_ptr<arrow::DataType> type;
  const char* ascending;
};

TEST(KeyColumnsTest, OrdersValuesOfEveryType) {
  const std::vector<OrderCase> cases = {
      {arrow::utf8(), R"([null, "", "\u0000", "\u0000a", "a", "a\u0000", "aa", "b", "é"])"},
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
    const std::vector<KeyHash> hashes = Hashes(keys);
    for (int64_t a = 0; a < keys.num_rows(); ++a) {
      for (int64_t b = 0; b < keys.num_rows(); ++b) {
        EXPECT_EQ(Ordered(keys, a) < Ordered(keys, b), a < b) << a << " " << b;
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
    std::shared_ptr<arrow::DataType> left_type;
    const char* left;
    std::shared_ptr<arrow::DataType> right_type;
    const char* right;
  };
  const std::vector<Case> cases = {
      {arrow::int32(), "[7, -1, null]", arrow::int64(), "[7, -1, null]"},
      {arrow::int8(), "[7]", arrow::uint64(), "[7]"},
      {arrow::utf8(), R"(["é"])", arrow::large_utf8(), R"(["é"])"},
      {arrow::utf8(), R"(["a"])", arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a"])"},
      {arrow::float32(), "[0.5]", arrow::float64(), "[0.5]"},
      {arrow::float64(), "[-0.0]", arrow::float64(), "[0.0]"},
      {arrow::timestamp(arrow::TimeUnit::SECOND), "[1]", arrow::timestamp(arrow::TimeUnit::MICRO),
       "[1000000]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.left_type->ToString() + " and " + c.right_type->ToString());
    EXPECT_THAT(KeyColumns::CheckComparable(*c.left_type, *c.right_type, "id"), IsOk());
    const auto other = Array(arrow::utf8(), R"(["x", null, "x"])")->Slice(0, 1);
    const auto left = Array(c.left_type, c.left);
    const auto right = Array(c.right_type, c.right);
    const auto single = Get(KeyColumns::Make({left}, {"id"}));
    EXPECT_EQ(Hashes(single), Hashes(Get(KeyColumns::Make({right}, {"id"}))));
    // Together with another column, too.
    const auto first = [&](const std::shared_ptr<arrow::Array>& array) {
      return Hashes(Get(KeyColumns::Make({array->Slice(0, 1), other}, {"id", "other"})));
    };
    EXPECT_EQ(first(left), first(right));
  }
  EXPECT_NE(Hashes(Keys(arrow::int64(), "[-1]")),
            Hashes(Keys(arrow::uint64(), "[18446744073709551615]")));
}

TEST(KeyColumnsTest, DifferentRowsHaveDifferentHashes) {
  // Strings that are equal when concatenated, nulls, and empty strings.
  const auto a = Array(arrow::utf8(), R"(["ab", "a", "", "abc", null, "", null])");
  const auto b = Array(arrow::utf8(), R"(["c", "bc", "abc", "", "", null, null])");
  const std::vector<KeyHash> hashes = Hashes(Get(KeyColumns::Make({a, b}, {"a", "b"})));
  for (size_t i = 0; i < hashes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(hashes[i], hashes[j]) << i << " " << j;
  }
}

TEST(KeyColumnsTest, RefusesWhatCannotMatchOrIdentify) {
  EXPECT_THAT(KeyColumns::CheckComparable(*arrow::int64(), *arrow::utf8(), "id"),
              FailsWith(ErrorCode::kMetadataSchema,
                        "'id' is of type int64 on one side and string on the other"));
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto timestamps = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, std::shared_ptr<arrow::DataType>>>
      cases = {{arrow::date32(), arrow::int32()},
               {arrow::date32(), micros},
               {micros, timestamps},
               {micros, arrow::timestamp(arrow::TimeUnit::NANO)},
               {arrow::boolean(), arrow::int8()},
               {arrow::duration(arrow::TimeUnit::MICRO), arrow::int64()},
               {arrow::time64(arrow::TimeUnit::MICRO), arrow::time64(arrow::TimeUnit::NANO)},
               {arrow::binary(), arrow::utf8()},
               {arrow::float64(), arrow::int32()},
               {arrow::decimal128(10, 2), arrow::decimal128(10, 3)}};
  for (const auto& [left, right] : cases) {
    EXPECT_THAT(KeyColumns::CheckComparable(*left, *right, "id"),
                FailsWith(ErrorCode::kMetadataSchema, left->ToString() + " on one side and " +
                                                          right->ToString() + " on the other"));
    EXPECT_THAT(KeyColumns::CheckComparable(*left, *left, "id"), IsOk());
  }
  EXPECT_THAT(KeyColumns::Make({Array(arrow::list(arrow::int8()), "[[1]]")}, {"tags"}),
              FailsWith(ErrorCode::kMetadataSchema, "'tags' has type list"));
}

}  // namespace
}  // namespace metaxy::testing
