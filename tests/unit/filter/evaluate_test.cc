// Filters keep the same rows as in the reference, which passes them to Polars.
#include "filter/evaluate.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "goldens.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"

namespace metaxy::internal {
namespace {

using arrow::compute::call;
using arrow::compute::Expression;
using arrow::compute::field_ref;
using arrow::compute::literal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Expression Parsed(const std::string& text) { return ParseFilter(text).ValueOrDie(); }

std::string Value(const Expression& condition, const arrow::RecordBatch& batch) {
  const auto values = EvaluateFilter(condition, batch);
  return values.ok() ? Letters(**values) : "";
}

std::shared_ptr<arrow::RecordBatch> Batch(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& all) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const auto& [name, column] : all) {
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(column);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), columns.front()->length(), columns);
}

template <class Builder, class T>
std::shared_ptr<arrow::Array> Array(const std::vector<std::optional<T>>& values,
                                    Builder builder = Builder()) {
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> Doubles(const std::vector<std::optional<double>>& values) {
  return Array<arrow::DoubleBuilder, double>(values);
}

std::shared_ptr<arrow::Array> Integers(const std::vector<std::optional<int64_t>>& values) {
  return Array<arrow::Int64Builder, int64_t>(values);
}

std::shared_ptr<arrow::Array> Texts(const std::vector<std::optional<std::string>>& values) {
  return Array<arrow::LargeStringBuilder, std::string>(values);
}

// ---- compared with the reference

TEST(FilterEvaluationTest, GivesTheValuesOfTheReference) {
  const auto rows = ReadGoldenRows();
  const std::vector<Golden> goldens = ReadGoldens("values");
  ASSERT_GT(goldens.size(), 6000U);
  for (const auto& [text, expected] : goldens) {
    const auto condition = ParseFilter(text);
    const std::string value = condition.ok() ? Value(*condition, *rows) : "";
    EXPECT_EQ(value, expected.value_or("")) << "of: " << text;
  }
}

TEST(FilterEvaluationTest, EveryRefusalIsInvalidInputOfOneLine) {
  const auto rows = ReadGoldenRows();
  for (const auto& [text, expected] : ReadGoldens("values")) {
    const auto condition = ParseFilter(text);
    if (!condition.ok()) continue;
    const auto values = EvaluateFilter(*condition, *rows);
    if (values.ok()) continue;
    EXPECT_TRUE(IsError(values.status(), ErrorCode::kInvalidInput))
        << text << ": " << values.status();
    EXPECT_EQ(values.status().message().find('\n'), std::string::npos) << values.status();
  }
}

// A number as the whole filter keeps the rows in which it is not 0.
TEST(FilterEvaluationTest, TakesANumericColumnAsNotZero) {
  const auto rows = ReadGoldenRows();
  EXPECT_EQ(Value(Parsed("i8"), *rows), "TFTTTT-T");
  EXPECT_EQ(Value(Parsed("f64"), *rows), "TTFTTT-T");
  EXPECT_EQ(Value(Parsed("b"), *rows), "TFT-F--T");
}

// ---- messages

struct BadFilter {
  const char* text;
  const char* message;
};

const std::vector<BadFilter> kBadFilters = {
    {"i64 = 'abc'",
     "cannot compare column 'i64' of type int64 with the string 'abc'; write the number without "
     "quotes"},
    {"s = 5",
     "cannot compare column 's' of type large_string with the number 5; write the value in quotes"},
    {"5 < s",
     "cannot compare column 's' of type large_string with the number 5; write the value in quotes"},
    {"ts > '2020-01-01'",
     "cannot compare column 'ts' of type timestamp[us] with the string '2020-01-01'; "
     "write TIMESTAMP"},
    {"ts = tz",
     "cannot compare column 'ts' of type timestamp[us] with column 'tz' of type timestamp[us, "
     "tz=UTC]; one of "
     "them has a time zone, the other has none"},
    {"ti = d", "cannot compare column 'ti' of type time64[ns] with column 'd' of type date32[day]"},
    {"st = 1", "such values support only IS NULL and IS NOT NULL"},
    {"d = TRUE", "cannot compare column 'd' of type date32[day] with the boolean true"},
    {"cat = TRUE", "both sides need values of the same kind"},
    {"i64 IN ('a')",
     "cannot look for texts in column 'i64' of type int64; write the numbers without quotes"},
    {"f64 IN (1)", "cannot look for integers in column 'f64' of type double; write 1 as 1.0"},
    {"i64 IN (1.0)",
     "cannot look for decimal numbers in column 'i64' of type int64; write 1.0 as 1"},
    {"s IN (1)",
     "cannot look for integers in column 's' of type large_string; write the values in quotes"},
    {"b AND i64", "column 'i64' of type int64 is used as a condition; compare it with a value"},
    {"NOT s", "column 's' of type large_string is used as a condition; compare it with a value"},
    {"s", "column 's' of type large_string is used as a condition; compare it with a value"},
    {"1", "the number 1 is used as a condition; compare it with a value"},
    {"'x'", "the string 'x' is used as a condition"},
    {"dec9 = 1", "a filter needs column 'dec9', which does not exist; did you mean 'dec'?"},
    {"entirely_else = 1", "a filter needs column 'entirely_else', which does not exist"},
};

TEST(FilterEvaluationTest, SaysWhatCannotBeCompared) {
  const auto rows = ReadGoldenRows();
  for (const BadFilter& bad : kBadFilters) {
    const arrow::Status status = EvaluateFilter(Parsed(bad.text), *rows).status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidInput)) << bad.text << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr(bad.message)) << bad.text;
  }
}

TEST(FilterEvaluationTest, NamesTheColumnsOfANarrowTable) {
  const auto batch = Batch({{"x", Integers({1})}, {"y", Integers({1})}});
  EXPECT_EQ(EvaluateFilter(Parsed("entirely_else = 1"), *batch).status().message(),
            "a filter needs column 'entirely_else', which does not exist; the columns are x, y");
  const auto twice = Batch({{"x", Integers({1})}, {"x", Integers({1})}});
  EXPECT_EQ(EvaluateFilter(Parsed("x = 1"), *twice).status().message(),
            "a filter needs column 'x', which occurs 2 times; rename all but one of them");
}

// ---- conditions that were built, not parsed

TEST(FilterEvaluationTest, TakesConditionsOfArrow) {
  const auto batch =
      Batch({{"n", Integers({1, 5, std::nullopt})}, {"s", Texts({"abc", "xyz", std::nullopt})}});
  const Expression n = field_ref("n");
  const Expression s = field_ref("s");
  EXPECT_EQ(Value(arrow::compute::greater(call("add", {n, literal(1)}), literal(2.5)), *batch),
            "FT-");
  EXPECT_EQ(Value(call("starts_with", {s}, arrow::compute::MatchSubstringOptions("ab")), *batch),
            "TF-");
  EXPECT_EQ(
      Value(arrow::compute::and_(arrow::compute::is_valid(n), arrow::compute::not_(literal(false))),
            *batch),
      "TTF");
  EXPECT_EQ(Value(call("xor", {arrow::compute::equal(n, literal(1)), literal(true)}), *batch),
            "FT-");
  EXPECT_EQ(Value(arrow::compute::equal(literal("abc"), s), *batch), "TF-");
  EXPECT_EQ(Value(call("cast", {n}, arrow::compute::CastOptions::Safe(arrow::boolean())), *batch),
            "TT-");
  EXPECT_EQ(Value(literal(true), *batch), "TTT");
}

TEST(FilterEvaluationTest, TakesLiteralsThatFiltersLack) {
  const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto batch =
      Batch({{"at", Array<arrow::TimestampBuilder, int64_t>(
                        {0, 1000000, std::nullopt},
                        arrow::TimestampBuilder(type, arrow::default_memory_pool()))},
             {"day", Array<arrow::Date32Builder, int32_t>({0, 1, std::nullopt})}});
  const auto second =
      std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"));
  EXPECT_EQ(
      Value(arrow::compute::greater_equal(field_ref("at"), literal(arrow::Datum(second))), *batch),
      "FT-");
  EXPECT_EQ(Value(arrow::compute::less_equal(field_ref("day"), field_ref("at")), *batch), "TF-");
  const auto naive =
      std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(arrow::TimeUnit::SECOND));
  EXPECT_TRUE(IsError(
      EvaluateFilter(arrow::compute::equal(field_ref("at"), literal(arrow::Datum(naive))), *batch)
          .status(),
      ErrorCode::kInvalidInput));
  const auto date = std::make_shared<arrow::Date32Scalar>(1);
  EXPECT_EQ(Value(arrow::compute::equal(field_ref("day"), literal(arrow::Datum(date))), *batch),
            "FT-");
}

TEST(FilterEvaluationTest, GivesIsInTheNullsThatItsOptionsAskFor) {
  using arrow::compute::SetLookupOptions;
  const auto batch = Batch({{"n", Integers({1, 2, std::nullopt})}});
  const auto set = Array<arrow::Int32Builder, int32_t>({1, std::nullopt});
  const std::vector<std::pair<SetLookupOptions::NullMatchingBehavior, std::string>> cases = {
      {SetLookupOptions::MATCH, "TFT"},
      {SetLookupOptions::SKIP, "TFF"},
      {SetLookupOptions::EMIT_NULL, "TF-"},
      {SetLookupOptions::INCONCLUSIVE, "T--"}};
  for (const auto& [nulls, expected] : cases) {
    EXPECT_EQ(
        Value(call("is_in", {field_ref("n")}, SetLookupOptions(arrow::Datum(set), nulls)), *batch),
        expected);
  }
}

TEST(FilterEvaluationTest, OrdersNanAboveAllNumbers) {
  const auto batch = Batch(
      {{"x", Doubles({kNan, -kNan, 1.0, std::nullopt})}, {"y", Doubles({kNan, 1.0, kNan, kNan})}});
  EXPECT_EQ(Value(Parsed("x = y"), *batch), "TFF-");
  EXPECT_EQ(Value(Parsed("x != y"), *batch), "FTT-");
  EXPECT_EQ(Value(Parsed("x > y"), *batch), "FTF-");
  EXPECT_EQ(Value(Parsed("x < y"), *batch), "FFT-");
  EXPECT_EQ(Value(Parsed("x >= y"), *batch), "TTF-");
  EXPECT_EQ(Value(Parsed("x <= y"), *batch), "TFT-");
  EXPECT_EQ(Value(arrow::compute::equal(field_ref("x"), literal(kNan)), *batch), "TTF-");
  EXPECT_EQ(Value(arrow::compute::less(field_ref("x"), literal(kNan)), *batch), "FFT-");
  EXPECT_EQ(Value(arrow::compute::greater_equal(field_ref("x"), literal(kNan)), *batch), "TTF-");
}

TEST(FilterEvaluationTest, ReadsEveryKindOfStorage) {
  const auto text = Texts({"a", "b", std::nullopt});
  const auto narrow = Integers({1, 2, std::nullopt});
  auto cast = [](const auto& array, const std::shared_ptr<arrow::DataType>& type) {
    return arrow::compute::Cast(*array, type).ValueOrDie();
  };
  const auto dictionary = arrow::compute::DictionaryEncode(text).ValueOrDie().make_array();
  const auto numbers = arrow::compute::DictionaryEncode(narrow).ValueOrDie().make_array();
  const auto batch = Batch(
      {{"view", cast(text, arrow::utf8_view())},
       {"dictionary", dictionary},
       {"numbers", numbers},
       {"half", cast(Doubles({1, 2, std::nullopt}), arrow::float16())},
       {"fixed",
        Array<arrow::FixedSizeBinaryBuilder, std::string>(
            {"a", "b", std::nullopt}, arrow::FixedSizeBinaryBuilder(arrow::fixed_size_binary(1)))},
       {"day", cast(Array<arrow::Date32Builder, int32_t>({1, 2, std::nullopt}), arrow::date64())},
       {"wide", cast(narrow, arrow::decimal256(50, 2))}});
  for (const char* condition :
       {"view = 'a'", "view IN ('a')", "dictionary < 'b'", "numbers = 1", "half <= 1",
        "fixed = 'a'", "day = 86400000", "wide = 1", "wide < 1.5", "wide IN (1, 3)",
        "numbers IN (1)", "dictionary IN ('a', 'c')", "view < dictionary OR numbers = 1"}) {
    EXPECT_EQ(Value(Parsed(condition), *batch), "TF-") << condition;
  }
  for (const std::string name : {"view", "dictionary", "numbers", "half", "fixed", "day", "wide"}) {
    EXPECT_EQ(Value(Parsed(name + " IS NULL"), *batch), "FFT") << name;
  }
}

TEST(FilterEvaluationTest, ComparesTimesOfDifferentUnitsExactly) {
  auto times = [](arrow::TimeUnit::type unit, const std::vector<std::optional<int64_t>>& values) {
    return Array<arrow::TimestampBuilder, int64_t>(
        values, arrow::TimestampBuilder(arrow::timestamp(unit), arrow::default_memory_pool()));
  };
  const auto batch = Batch({{"us", times(arrow::TimeUnit::MICRO, {1000, 1001, -1})},
                            {"ms", times(arrow::TimeUnit::MILLI, {1, 1, 0})}});
  EXPECT_EQ(Value(Parsed("us = ms"), *batch), "TFF");
  EXPECT_EQ(Value(Parsed("us > ms"), *batch), "FTF");
}

// ---- bound filters

TEST(BoundFilterTest, ServesManyBatches) {
  const auto first = Batch({{"n", Integers({1, 2, std::nullopt, 3})}});
  const auto second = Batch({{"n", Integers({})}});
  const BoundFilter filter = BoundFilter::Make(Parsed("n != 2"), first->schema()).ValueOrDie();
  EXPECT_EQ(Letters(*filter.Evaluate(*first).ValueOrDie()), "TF-T");
  EXPECT_EQ(Letters(*filter.Mask(*first).ValueOrDie()), "TFFT");
  EXPECT_EQ(filter.Apply(first).ValueOrDie()->num_rows(), 2);
  EXPECT_EQ(Letters(*filter.Evaluate(*second).ValueOrDie()), "");
  EXPECT_EQ(filter.Apply(second).ValueOrDie()->num_rows(), 0);
  const auto sliced = first->Slice(1, 3);
  EXPECT_EQ(Letters(*filter.Mask(*sliced).ValueOrDie()), "FFT");
}

TEST(BoundFilterTest, ReturnsTheBatchItselfIfAllRowsStay) {
  const auto batch = Batch({{"n", Integers({1, 2})}});
  const BoundFilter filter = BoundFilter::Make(Parsed("n > 0"), batch->schema()).ValueOrDie();
  EXPECT_EQ(filter.Apply(batch).ValueOrDie(), batch);
}

TEST(BoundFilterTest, RefusesBatchesOfOtherSchemas) {
  const auto batch = Batch({{"n", Integers({1, 2})}});
  const BoundFilter filter = BoundFilter::Make(Parsed("n > 0"), batch->schema()).ValueOrDie();
  const auto other = Batch({{"n", Doubles({1.0})}});
  EXPECT_TRUE(IsError(filter.Evaluate(*other).status(), ErrorCode::kInvalidInput));
}

TEST(BoundFilterTest, EvaluatesLongChains) {
  std::string text = "n = 0";
  for (int i = 1; i < 3000; ++i) text += " OR n = " + std::to_string(i);
  const auto batch = Batch({{"n", Integers({2999, 3000, std::nullopt})}});
  EXPECT_EQ(Value(Parsed(text), *batch), "TF-");
}

TEST(ReferencedColumnsTest, NamesEveryColumnOnce) {
  EXPECT_THAT(
      ReferencedColumns(Parsed("b AND a = 1 AND NOT (\"x y\" IN (1) OR a IS NULL) AND c.d < b")),
      ElementsAre("b", "a", "x y", "c"));
  EXPECT_THAT(ReferencedColumns(Parsed("TRUE")), ElementsAre());
  EXPECT_THAT(ReferencedColumns(arrow::compute::is_null(field_ref(arrow::FieldRef("s", "x")))),
              ElementsAre("s"));
}

}  // namespace
}  // namespace metaxy::internal
