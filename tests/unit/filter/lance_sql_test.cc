// Conditions become Lance SQL only where Lance gives the same result. This test checks the SQL
// text; Lance's results were checked with three-valued logic on nulls, NaN of both signs, zeros,
// limits and quotes.
#include "filter/lance_sql.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "metaxy/filter.h"
#include "normal_form.h"

namespace metaxy::internal {
namespace {

using arrow::compute::equal;
using arrow::compute::field_ref;
using arrow::compute::literal;

constexpr const char* kNone = "";

std::shared_ptr<arrow::Schema> Schema() {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  return arrow::schema(
      {arrow::field("i8", arrow::int8()),
       arrow::field("i64", arrow::int64()),
       arrow::field("u64", arrow::uint64()),
       arrow::field("f32", arrow::float32()),
       arrow::field("f64", arrow::float64()),
       arrow::field("b", arrow::boolean()),
       arrow::field("s", arrow::large_utf8()),
       arrow::field("t", arrow::utf8()),
       arrow::field("s2", arrow::large_utf8()),
       arrow::field("bin", arrow::large_binary()),
       arrow::field("dec", arrow::decimal128(10, 2)),
       arrow::field("cat", arrow::dictionary(arrow::int32(), arrow::utf8())),
       arrow::field("day", arrow::date32()),
       arrow::field("at", utc),
       arrow::field("naive", arrow::timestamp(arrow::TimeUnit::MILLI)),
       arrow::field("zone", arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin")),
       arrow::field("nul", arrow::null()),
       arrow::field("st", arrow::struct_({arrow::field("a", arrow::int64())})),
       arrow::field("Upper Case", arrow::int32()),
       arrow::field("select", arrow::int32()),
       arrow::field("q'\"q", arrow::int32()),
       arrow::field("back`tick", arrow::int32()),
       arrow::field("dot.ted", arrow::int32()),
       arrow::field("_rowid", arrow::int32()),
       arrow::field("twice", arrow::int32()),
       arrow::field("twice", arrow::int32()),
       arrow::field("json", arrow::utf8(), true,
                    arrow::key_value_metadata({"ARROW:extension:name"}, {"arrow.json"}))});
}

struct Case {
  const char* text;
  const char* sql;
};

const std::vector<Case> kCases = {
    // Texts.
    {"s = 'x'", "`s` = 'x'"},
    {"'x' < s", "`s` > 'x'"},
    {"t >= 'x'", "`t` >= 'x'"},
    {"NOT (s < 'x')", "`s` >= 'x'"},
    {"s = 'it''s'' OR 1=1 --'", "`s` = 'it''s'' OR 1=1 --'"},
    {"s = 'a\\'", "`s` = 'a\\'"},
    {"s = ''", "`s` = ''"},
    {"s IN ('a', NULL, 'b')", "`s` IN ('a', 'b')"},
    {"s NOT IN ('a', NULL)", "`s` NOT IN ('a')"},
    {"NOT (NOT (s IN ('a')))", "`s` IN ('a')"},
    {"s IN ()", kNone},
    {"s IN (NULL)", kNone},
    {"s = s2", "`s` = `s2`"},
    {"NOT (s < s2)", "`s` >= `s2`"},
    {"s = t", kNone},
    {"s = 1", kNone},
    {"s = TRUE", kNone},
    {"s = NULL", "`s` IS NULL"},
    {"s != NULL", "`s` IS NOT NULL"},
    {"s < NULL", kNone},
    // Integers in the range of their column.
    {"i8 = 127", "`i8` = 127"},
    {"i8 = -128", "`i8` = -128"},
    {"i8 = 128", kNone},
    {"i8 IN (1, -2)", "`i8` IN (1, -2)"},
    {"i8 IN (1, 300)", kNone},
    {"i8 = 1.0", kNone},
    {"i8 = TRUE", kNone},
    {"i8 = i64", kNone},
    {"i64 = 9223372036854775807", "`i64` = 9223372036854775807"},
    {"i64 = -9223372036854775808", kNone},
    {"u64 = 18446744073709551615", "`u64` = 18446744073709551615"},
    {"u64 = -1", kNone},
    {"u64 IN (18446744073709551615, 1)", "`u64` IN (18446744073709551615, 1)"},
    // Floats, which Lance orders by their bits.
    {"f64 = 1", "`f64` = 1.0"},
    {"f64 = 0.1", "`f64` = 0.1"},
    {"f64 > 0.1", "(`f64` > 0.1) OR isnan(`f64`)"},
    {"f64 <= -1e300", "(`f64` <= -1e+300) AND (NOT isnan(`f64`))"},
    {"NOT (f64 > 0.1)", "(`f64` <= 0.1) AND (NOT isnan(`f64`))"},
    {"f64 = 0", "`f64` IN (0.0, -0.0)"},
    {"f64 != -0.0", "`f64` NOT IN (0.0, -0.0)"},
    {"f64 >= 0", "(`f64` >= -0.0) OR isnan(`f64`)"},
    {"f64 < 0", "(`f64` < -0.0) AND (NOT isnan(`f64`))"},
    {"f64 > 0", "(`f64` > 0.0) OR isnan(`f64`)"},
    {"f64 = 1e400", kNone},
    {"f64 IN (0.0, 1.5)", "`f64` IN (0.0, -0.0, 1.5)"},
    {"f64 IN (1)", kNone},
    {"f32 = 0.1", "`f32` = 0.10000000149011612"},
    {"f32 = 16777217", "`f32` = 16777216.0"},
    {"f32 IN (0.1)", kNone},
    {"f32 IN (0.5)", "`f32` IN (0.5)"},
    {"f64 = f64", kNone},
    // Booleans and connectives.
    {"b", "`b`"},
    {"NOT b", "NOT `b`"},
    {"b = TRUE", "`b` = TRUE"},
    {"b IS NOT TRUE", "`b` != TRUE"},
    {"b < TRUE", kNone},
    {"b = 1", kNone},
    {"b AND s = 'x' AND i8 < 5", "(`b`) AND (`s` = 'x') AND (`i8` < 5)"},
    {"b OR s = 'x' AND i8 < 5", "(`b`) OR ((`s` = 'x') AND (`i8` < 5))"},
    {"NOT (b OR s = 'x')", "(NOT `b`) AND (`s` != 'x')"},
    {"NOT (b AND NOT s IS NULL)", "(NOT `b`) OR (`s` IS NULL)"},
    {"b OR dec = 1", kNone},
    {"i64", kNone},
    {"TRUE", kNone},
    {"1 = 1", kNone},
    // Other columns.
    {"dec = 1", kNone},
    {"bin = 'a'", kNone},
    {"bin IS NULL", kNone},
    {"cat = 'a'", kNone},
    {"cat IS NULL", kNone},
    {"st IS NULL", kNone},
    {"nul IS NULL", kNone},
    {"json = 'x'", kNone},
    {"dec IS NULL", "`dec` IS NULL"},
    {"at IS NOT NULL", "`at` IS NOT NULL"},
    {"at > 0", kNone},
    // Names.
    {"\"Upper Case\" = 1", "`Upper Case` = 1"},
    {"\"select\" = 1", "`select` = 1"},
    {"\"q'\"\"q\" = 1", "`q'\"q` = 1"},
    {"\"back`tick\" = 1", kNone},
    {"dot.ted = 1", kNone},
    {"_rowid = 1", kNone},
    {"twice = 1", kNone},
    {"missing = 1", kNone},
    {"UPPER = 1", kNone},
};

TEST(LanceSqlTest, WritesWhatLanceEvaluatesInTheSameWay) {
  const auto schema = Schema();
  for (const Case& example : kCases) {
    const auto sql = ToLanceSql(ParseFilter(example.text).ValueOrDie(), *schema);
    EXPECT_EQ(sql.value_or(kNone), example.sql) << example.text;
  }
}

TEST(LanceSqlTest, GivesTimesTheTypeOfTheirColumn) {
  const auto schema = Schema();
  auto sql = [&](const char* column, std::shared_ptr<arrow::Scalar> value) {
    return ToLanceSql(equal(field_ref(column), literal(arrow::Datum(std::move(value)))), *schema)
        .value_or(kNone);
  };
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(sql("at", std::make_shared<arrow::TimestampScalar>(-5, utc)),
            "`at` = arrow_cast(-5, 'Timestamp(Microsecond, Some(\"UTC\"))')");
  EXPECT_EQ(sql("naive", std::make_shared<arrow::TimestampScalar>(
                             7, arrow::timestamp(arrow::TimeUnit::MILLI))),
            "`naive` = arrow_cast(7, 'Timestamp(Millisecond, None)')");
  EXPECT_EQ(sql("day", std::make_shared<arrow::Date32Scalar>(18262)),
            "`day` = arrow_cast(18262, 'Date32')");
  EXPECT_EQ(sql("naive", std::make_shared<arrow::TimestampScalar>(7, utc)), kNone);
  EXPECT_EQ(sql("zone", std::make_shared<arrow::TimestampScalar>(
                            7, arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin"))),
            kNone);
}

TEST(LanceSqlTest, RefusesWhatOnlyArrowKnows) {
  const auto schema = Schema();
  const auto refused = [&](const arrow::compute::Expression& condition) {
    return !ToLanceSql(condition, *schema).has_value();
  };
  EXPECT_TRUE(refused(arrow::compute::Expression()));
  EXPECT_TRUE(refused(arrow::compute::call("starts_with", {field_ref("s")},
                                           arrow::compute::MatchSubstringOptions("a"))));
  EXPECT_TRUE(refused(arrow::compute::call("and", {field_ref("b"), field_ref("b")})));
  EXPECT_TRUE(refused(equal(field_ref(arrow::FieldRef("st", "a")), literal(1))));
  EXPECT_TRUE(refused(equal(field_ref("f64"), literal(std::numeric_limits<double>::quiet_NaN()))));
  EXPECT_TRUE(refused(equal(field_ref("s"), literal(std::string("a\0b", 3)))));
  EXPECT_TRUE(refused(arrow::compute::is_null(field_ref("f64"), /*nan_is_null=*/true)));
  const auto set = arrow::MakeArrayFromScalar(arrow::Int64Scalar(1), 1).ValueOrDie();
  EXPECT_TRUE(refused(arrow::compute::call("is_in", {field_ref("i64")},
                                           arrow::compute::SetLookupOptions(arrow::Datum(set)))));
}

TEST(LanceSqlTest, LeavesLargeConditionsToUs) {
  const auto schema = Schema();
  std::string deep = "b";
  for (int i = 0; i < 20; ++i) deep = (i % 2 == 0 ? "s = 'x' OR (" : "s = 'y' AND (") + deep + ")";
  EXPECT_FALSE(ToLanceSql(ParseFilter(deep).ValueOrDie(), *schema).has_value());
  std::string broad = "i64 = 0";
  for (int i = 1; i < 1000; ++i) broad += " OR i64 = " + std::to_string(i);
  EXPECT_FALSE(ToLanceSql(ParseFilter(broad).ValueOrDie(), *schema).has_value());
}

TEST(SplitPushdownTest, TakesConjunctionsApart) {
  const auto schema = Schema();
  const auto filters =
      ParseFilters({"s = 'x' AND (dec > 1 AND i8 = 5)", "b OR i8 = 1", "dec = 2 OR b", "s = 1"})
          .ValueOrDie();
  const SplitFilters split = SplitPushdown(filters, *schema);
  EXPECT_EQ(split.sql, "(`s` = 'x') AND (`i8` = 5) AND ((`b`) OR (`i8` = 1))");
  std::vector<std::string> residual;
  for (const auto& condition : split.residual) residual.push_back(NormalForm(condition));
  EXPECT_THAT(residual, ::testing::ElementsAre("(> c:\"dec\" 1)", "(or (= c:\"dec\" 2) c:\"b\")",
                                               "(= c:\"s\" 1)"));
}

TEST(SplitPushdownTest, GivesNothingForNothing) {
  const SplitFilters split = SplitPushdown({}, *Schema());
  EXPECT_EQ(split.sql, "");
  EXPECT_TRUE(split.residual.empty());
}

}  // namespace
}  // namespace metaxy::internal
