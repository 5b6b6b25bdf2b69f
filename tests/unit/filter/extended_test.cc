// Filters beyond the reference's grammar: patterns, ranges, dates, members of structs and maps, and
// lists from files.
#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "filter/evaluate.h"
#include "filter/filter_parser.h"
#include "filter/lance_sql.h"
#include "goldens.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::Schema> Schema() {
  return arrow::schema(
      {arrow::field("s", arrow::utf8()), arrow::field("n", arrow::int64()),
       arrow::field("d", arrow::date32()),
       arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
       arrow::field("cat", arrow::dictionary(arrow::int32(), arrow::utf8())),
       arrow::field(
           "v",
           arrow::struct_({arrow::field("n", arrow::int64()),
                           arrow::field("w", arrow::struct_({arrow::field("s", arrow::utf8())}))})),
       arrow::field("m", arrow::map(arrow::utf8(), arrow::utf8())),
       arrow::field("none", arrow::null())});
}

// Four rows; the last one is null throughout.
std::shared_ptr<arrow::RecordBatch> Rows() {
  const std::vector<const char*> columns = {
      R"(["abc", "ABC", "a\nc", null])",
      R"([1, 2, 3, null])",
      R"(["2024-01-31", "2024-02-01", "1969-12-31", null])",
      R"(["2024-01-31 10:00:00Z", "2024-01-31 10:00:00.000001Z", "2024-02-01 00:00:00Z", null])",
      R"(["abc", "x", "abc", null])",
      R"([{"n": 1, "w": {"s": "a"}}, {"n": null, "w": null}, {"n": 3, "w": {"s": "b"}}, null])",
      R"([[["k", "1"], ["l", "2"]], [["k", "2"]], [], null])",
      R"([null, null, null, null])"};
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto type = Schema()->field(static_cast<int>(i))->type();
    if (type->id() == arrow::Type::DICTIONARY) {
      arrays.push_back(
          arrow::json::DictArrayFromJSONString(type, "[0, 1, 0, null]", R"(["abc", "x"])")
              .ValueOrDie());
      continue;
    }
    // Dates and times are written as strings.
    const bool is_time = arrow::is_temporal(type->id());
    const auto array =
        arrow::json::ArrayFromJSONString(is_time ? arrow::utf8() : type, columns[i]).ValueOrDie();
    arrays.push_back(is_time ? arrow::compute::Cast(*array, type).ValueOrDie() : array);
  }
  return arrow::RecordBatch::Make(Schema(), 4, arrays);
}

arrow::Result<std::vector<std::string>> Lines(const std::string& path) {
  if (path == "numbers") return std::vector<std::string>{"1", "3"};
  if (path == "days") return std::vector<std::string>{"2024-02-01"};
  if (path == "none") return std::vector<std::string>{};
  return std::vector<std::string>{"abc", "1", "it's"};
}

std::string Value(const std::string& text) {
  const auto condition = ParseFilterIn(FilterGrammar::kExtended, text, Lines);
  if (!condition.ok()) return condition.status().message();
  const auto values = EvaluateFilter(*condition, *Rows());
  return values.ok() ? Letters(**values) : values.status().message();
}

struct Case {
  const char* text;
  const char* value;
};

TEST(ExtendedFilterTest, HasAValueForEveryRow) {
  for (const auto& [text, value] : std::vector<Case>{
           // Patterns match the whole string; case counts, and a line break is a character.
           {"s LIKE 'abc'", "TFF-"},
           {"s LIKE 'a%'", "TFT-"},
           {"s LIKE '%c'", "TFT-"},
           {"s LIKE 'a_c'", "TFT-"},
           {"s LIKE '_'", "FFF-"},
           {"s LIKE 'b'", "FFF-"},
           {"s LIKE ''", "FFF-"},
           {"s LIKE '%'", "TTT-"},
           {"s LIKE 'a\\%'", "FFF-"},
           {"s NOT LIKE 'a%'", "FTF-"},
           {"s ILIKE 'AB_'", "TTF-"},
           {"cat LIKE 'a%'", "TFT-"},
           {"none LIKE 'a%'", "----"},
           {"v.w.s LIKE '_'", "T-T-"},
           // Ranges include their ends.
           {"n BETWEEN 1 AND 2", "TTF-"},
           {"n BETWEEN 2 AND 1", "FFF-"},
           {"n NOT BETWEEN 1 AND 2", "FFT-"},
           {"n BETWEEN NULL AND 2", "--F-"},
           {"s BETWEEN 'A' AND 'abc'", "TTT-"},
           // Dates and timestamps.
           {"d = DATE '2024-01-31'", "TFF-"},
           {"d BETWEEN DATE '2024-01-01' AND DATE '2024-01-31'", "TFF-"},
           {"d IN (DATE '2024-02-01', DATE '1969-12-31')", "FTT-"},
           {"d < TIMESTAMP '2024-01-31 00:00:01'", "TFT-"},
           {"t > TIMESTAMP '2024-01-31 10:00:00Z'", "FTT-"},
           {"t > TIMESTAMP '2024-01-31T11:00:00+01:00'", "FTT-"},
           {"t >= TIMESTAMP '2024-01-31 10:00:00.0000005Z'", "FTT-"},
           {"t >= DATE '2024-02-01'", "FFT-"},
           // Members of structs, and the values of maps by their keys.
           {"v.n = 1", "T-F-"},
           {"v.n IS NULL", "FTFT"},
           {"v.n IN (1, 3)", "T-T-"},
           {"v.w.s = 'b' AND v.n > 1", "F-T-"},
           {"v.\"w\".s != 'a'", "F-T-"},
           {"m.k = '1'", "TF--"},
           {"m.nothing IS NULL", "TTTT"},
           {"m.k IN ('1', '2') OR n = 3", "TTT-"},
           // Lines of a file are values of the column's type.
           {"s IN @words", "TFF-"},
           {"s NOT IN @words", "FTT-"},
           {"n IN @numbers", "TFT-"},
           {"d IN @days", "FTF-"},
           {"cat IN @words", "TFT-"},
           {"v.n IN @numbers", "T-T-"},
           {"n IN @none", "FFF-"},
           {"NOT n IN @numbers", "FTF-"}}) {
    EXPECT_EQ(Value(text), value) << text;
  }
}

TEST(ExtendedFilterTest, SaysWhatHasNoMeaning) {
  for (const auto& [text, message] : std::vector<Case>{
           {"n LIKE '1%'",
            "cannot match column 'n' of type int64 with LIKE; patterns are for strings"},
           {"v LIKE 'a'", "cannot match column 'v'"},
           {"v.x = 1", "a filter needs 'v.x', which does not exist; the members of 'v' are n, w"},
           {"x.y = 1", "a filter needs column 'x.y', which does not exist"},
           {"v.n = 'a'", "cannot compare column 'v.n' of type int64 with the string 'a'"},
           {"n IN @words",
            "a line of the file after IN is not a value of column 'n' of type int64"},
           {"t > TIMESTAMP '2024-01-31 10:00:00'", "write Z after it for UTC"},
           {"d > '2024-01-31'", "write DATE '2024-01-31'"},
           {"t > '2024-01-31'", "write TIMESTAMP '2024-01-31 12:00:00Z'"},
           {"v.n IN ('a')", "cannot look for texts in column 'v.n'"}}) {
    EXPECT_THAT(Value(text), HasSubstr(message)) << text;
  }
}

// A column with a dot in its name, which only rows in memory have, is what the reference means,
// also beside a struct or a map that has such a member.
TEST(ExtendedFilterTest, AColumnWithADotInItsName) {
  const auto field = arrow::field("a.b", arrow::int64());
  const auto column = arrow::json::ArrayFromJSONString(arrow::int64(), "[1, 2]").ValueOrDie();
  for (const auto& [type, values] :
       std::vector<std::pair<std::shared_ptr<arrow::DataType>, const char*>>{
           {arrow::null(), "[null, null]"},
           {arrow::struct_({arrow::field("b", arrow::int64())}), R"([{"b": 2}, {"b": 3}])"},
           {arrow::map(arrow::utf8(), arrow::int64()), R"([[["b", 2]], []])"}}) {
    const auto other = arrow::json::ArrayFromJSONString(type, values).ValueOrDie();
    const auto batch = arrow::RecordBatch::Make(arrow::schema({field, arrow::field("a", type)}), 2,
                                                {column, other});
    const auto condition = ParseFilterIn(FilterGrammar::kExtended, "a.b = 2").ValueOrDie();
    EXPECT_EQ(Letters(*EvaluateFilter(condition, *batch).ValueOrDie()), "FT") << type->ToString();
  }
}

// Only lines of a file are values of the column's type; strings in a list are not, as in Polars.
TEST(ExtendedFilterTest, StringsOfAProgramAreNotConverted) {
  const auto strings =
      arrow::json::ArrayFromJSONString(arrow::large_utf8(), R"(["1", "3"])").ValueOrDie();
  const auto condition = arrow::compute::call(
      "is_in", {arrow::compute::field_ref("n")},
      arrow::compute::SetLookupOptions(strings, arrow::compute::SetLookupOptions::EMIT_NULL));
  EXPECT_THAT(EvaluateFilter(condition, *Rows()).status().message(),
              HasSubstr("cannot look for texts in column 'n' of type int64"));
}

TEST(ExtendedFilterTest, ReadsOnlyTheRootOfAPath) {
  const auto condition =
      ParseFilterIn(FilterGrammar::kExtended, "v.n = 1 AND m.k = '1' AND s LIKE 'a'").ValueOrDie();
  EXPECT_THAT(ReferencedColumns(condition), ::testing::ElementsAre("v", "m", "s"));
}

TEST(ExtendedFilterTest, IsPushedDownWhereLanceAnswersAlike) {
  for (const auto& [text, sql] :
       std::vector<Case>{{"s LIKE 'it''s%'", "`s` LIKE 'it''s%'"},
                         {"NOT s LIKE 'a_'", "`s` NOT LIKE 'a_'"},
                         {"n BETWEEN 1 AND 2", "(`n` >= 1) AND (`n` <= 2)"},
                         {"d = DATE '1970-01-02'", "`d` = arrow_cast(1, 'Date32')"},
                         {"t = TIMESTAMP '1970-01-01 00:00:01Z'",
                          "`t` = arrow_cast(1000000, 'Timestamp(Microsecond, Some(\"UTC\"))')"},
                         {"s IN @words", "`s` IN ('abc', '1', 'it''s')"},
                         {"s LIKE 'a\\%'", ""},
                         {"s ILIKE 'a'", ""},
                         {"n LIKE 'a'", ""},
                         {"v.n = 1", ""},
                         {"m.k = '1'", ""},
                         {"n IN @numbers", ""}}) {
    const auto condition = ParseFilterIn(FilterGrammar::kExtended, text, Lines).ValueOrDie();
    EXPECT_EQ(ToLanceSql(condition, *Schema()).value_or(""), sql) << text;
  }
}

}  // namespace
}  // namespace metaxy::internal
