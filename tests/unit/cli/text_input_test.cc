// JSON lines and CSV input: results, and what is refused.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/frame_reader.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

using cli::FrameSource;
using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>;

const auto kInt = arrow::int64();
const auto kNatural = arrow::uint64();
const auto kReal = arrow::float64();
const auto kText = arrow::large_utf8();
const auto kBool = arrow::boolean();
const auto kTimestamp = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");

std::shared_ptr<arrow::DataType> ListOf(const std::shared_ptr<arrow::DataType>& type) {
  return arrow::large_list(arrow::field("item", type));
}

struct Understood {
  std::string name;
  std::string text;
  Columns columns;
  std::string rows;  // as JSON
};

struct Refused {
  std::string name;
  std::string text;
  std::string words;
};

arrow::Result<std::shared_ptr<arrow::Table>> ReadText(const std::string& name,
                                                      const std::string& text) {
  TempDir directory;
  const auto path = directory.Write(name, text);
  ARROW_ASSIGN_OR_RAISE(const auto source, FrameSource::Open(path.string()));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  return rows->ToTable();
}

void ExpectUnderstood(const std::string& file, const std::vector<Understood>& cases) {
  for (const Understood& example : cases) {
    SCOPED_TRACE(example.name);
    const auto table = ReadText(file, example.text);
    ASSERT_THAT(table, IsOk());
    const auto expected = TableFromJson(example.columns, example.rows);
    EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString() << "\ninstead of\n"
                                             << expected->ToString();
    EXPECT_THAT((*table)->ValidateFull(), IsOk());
  }
}

void ExpectRefused(const std::string& file, const std::vector<Refused>& cases) {
  for (const Refused& example : cases) {
    SCOPED_TRACE(example.name);
    EXPECT_THAT(ReadText(file, example.text), FailsWith(ErrorCode::kInvalidInput, example.words));
  }
}

std::string Repeated(const std::string& text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

TEST(JsonLinesInput, KeepsWhatIsWritten) {
  const std::string deep = Repeated("[", 58) + Repeated("]", 58);
  ExpectUnderstood(
      "a.jsonl",
      {
          {"texts that look like times",
           "{\"a\":\"2024-01-01\"}\n{\"a\":\"12:00\"}\n{\"a\":\"n/a\"}",
           {{"a", kText}},
           R"([{"a":"2024-01-01"},{"a":"12:00"},{"a":"n/a"}])"},
          {"integers of 64 bits",
           "{\"a\":-9223372036854775808}\n{\"a\":9223372036854775807}",
           {{"a", kInt}},
           R"([{"a":-9223372036854775808},{"a":9223372036854775807}])"},
          {"naturals beyond them",
           "{\"a\":18446744073709551615}\n{\"a\":0}\n{}",
           {{"a", kNatural}},
           R"([{"a":18446744073709551615},{"a":0},{"a":null}])"},
          {"integers beside doubles",
           "{\"a\":1}\n{\"a\":1.5}\n{\"a\":9007199254740992}",
           {{"a", kReal}},
           R"([{"a":1.0},{"a":1.5},{"a":9007199254740992.0}])"},
          {"doubles of every spelling",
           "{\"a\":1E5}\n{\"a\":-0.25e-2}\n{\"a\":1e-400}",
           {{"a", kReal}},
           R"([{"a":100000.0},{"a":-0.0025},{"a":0.0}])"},
          {"booleans",
           "{\"a\":true}\n{\"a\":null}\n{\"a\":false}",
           {{"a", kBool}},
           R"([{"a":true},{"a":null},{"a":false}])"},
          {"nothing but nulls",
           "{\"a\":null}\n{\"a\":null}",
           {{"a", arrow::null()}},
           R"([{"a":null},{"a":null}])"},
          {"keys that come late and in any order",
           "{\"a\":1,\"b\":2}\n{\"c\":\"x\",\"b\":3}",
           {{"a", kInt}, {"b", kInt}, {"c", kText}},
           R"([{"a":1,"b":2,"c":null},{"a":null,"b":3,"c":"x"}])"},
          {"lists",
           "{\"a\":[1,null]}\n{\"a\":[]}\n{\"a\":null}\n{\"a\":[2.5]}",
           {{"a", ListOf(kReal)}},
           R"([{"a":[1.0,null]},{"a":[]},{"a":null},{"a":[2.5]}])"},
          {"objects inside of lists",
           R"({"a":[{"b":1},{"c":"x"},null,{}]})",
           {{"a", ListOf(arrow::struct_({arrow::field("b", kInt), arrow::field("c", kText)}))}},
           R"([{"a":[{"b":1,"c":null},{"b":null,"c":"x"},null,{"b":null,"c":null}]}])"},
          {"an empty object beside others",
           "{\"a\":{}}\n{\"a\":{\"x\":1}}\n{\"a\":null}",
           {{"a", arrow::struct_({arrow::field("x", kInt)})}},
           R"([{"a":{"x":null}},{"a":{"x":1}},{"a":null}])"},
          {"a byte order mark, blank lines and carriage returns",
           "\xEF\xBB\xBF{\"a\":1}\r\n\r\n  \n{\"a\":2}\r\n",
           {{"a", kInt}},
           R"([{"a":1},{"a":2}])"},
          {"escapes",
           R"({"a":"\ud83d\ude00\u0000\n"})",
           {{"a", kText}},
           "[{\"a\":\"\xF0\x9F\x98\x80\\u0000\\n\"}]"},
          {"times of metaxy",
           "{\"metaxy_created_at\":\"2024-05-01T10:00:00.25Z\"}\n"
           "{\"metaxy_created_at\":\"2024-05-01 12:00:00+02:00\"}\n{\"metaxy_created_at\":null}",
           {{"metaxy_created_at", kTimestamp}},
           R"([{"metaxy_created_at":"2024-05-01 10:00:00.250000"},
               {"metaxy_created_at":"2024-05-01 10:00:00"},{"metaxy_created_at":null}])"},
          {"no lines", "", {}, "[]"},
          {"blank lines alone", "\n \r\n", {}, "[]"},
          {"a line of megabytes",
           "{\"a\":\"" + Repeated("0123456789", 300000) + "\"}\n{\"a\":\"\"}",
           {{"a", kText}},
           "[{\"a\":\"" + Repeated("0123456789", 300000) + "\"},{\"a\":\"\"}]"},
      });
  EXPECT_THAT(ReadText("a.jsonl", "{\"a\":" + deep + "}"), IsOk());
}

TEST(JsonLinesInput, TypesFollowFromTheWholeFile) {
  std::string many;
  for (int i = 0; i < 100000; ++i) many += "{\"a\":null,\"b\":1,\"c\":\"2024-01-01\"}\n";
  const auto table = Get(ReadText("a.jsonl", many + "{\"a\":[1],\"b\":1.5,\"c\":\"x\",\"d\":2}\n"));
  EXPECT_EQ(table->schema()->ToString(),
            "a: large_list<item: int64>\nb: double\nc: large_string\n"
            "d: int64");
  EXPECT_EQ(table->num_rows(), 100001);
  ExpectRefused("a.jsonl",
                {{"a mistake at the end", many + "{\"b\":\"n/a\"}",
                  "line 100001: column 'b': a string 'n/a' here, but a number in line 1"}});
}

TEST(JsonLinesInput, RefusesWithTheLine) {
  ExpectRefused(
      "a.jsonl",
      {
          {"another kind", "{\"a\":true}\n\n{\"a\":1}", "line 3: column 'a': a number here"},
          {"another kind inside", "{\"a\":{\"b\":[1]}}\n{\"a\":{\"b\":[\"x\"]}}",
           "line 2: column 'a.b[]': a string 'x' here, but a number in line 1"},
          {"a list and a value", "{\"a\":[1]}\n{\"a\":1}", "line 2: column 'a'"},
          {"beyond 64 bits", "{\"a\":1}\n{\"b\":{\"c\":18446744073709551616}}",
           "line 2: column 'b.c': '18446744073709551616' does not fit into 64 bits"},
          {"below 64 bits", "{\"a\":-9223372036854775809}", "line 1: column 'a'"},
          {"thousands of digits", "{\"a\":" + Repeated("9", 5000) + "}", "does not fit into 64"},
          {"beyond a double", "{\"a\":-1e400}", "'-1e400' is beyond what a double holds"},
          {"negative and natural", "{\"a\":9223372036854775808}\n{\"a\":1}\n{\"a\":-1}",
           "line 3: column 'a': no integer type of 64 bits holds both a negative number, here"},
          {"no exact double", "{\"a\":9007199254740993}\n{\"a\":1.5}",
           "line 2: column 'a': 9007199254740993 in line 1 cannot be kept exactly"},
          {"no exact double, later", "{\"a\":1.5}\n{\"a\":-9007199254740993}",
           "line 2: column 'a': -9007199254740993 here cannot be kept exactly"},
          {"a key given twice", "{\"b\":1}\n{\"a\":1,\"a\":1}",
           "line 2: the key 'a' is given twice"},
          {"twice inside", R"({"x":[{"a":1,"b":2,"a":1}]})", "line 1: the key 'x[].a'"},
          {"an object without members", "{\"b\":1}\n{\"a\":{}}", "line 2: column 'a': an object"},
          {"such a one inside", R"({"a":[{"b":{}}]})", "line 1: column 'a[].b': an object"},
          {"no object", "{\"a\":1}\n[1]", "line 2: it is not an object but a list"},
          {"a value alone", "5", "line 1: it is not an object"},
          {"garbage", "{\"a\":1}\ngarbage", "line 2: it is not valid JSON"},
          {"a line that is cut off", "{\"a\":1}\n{\"a\":", "line 2: it is not valid JSON"},
          {"a string that is cut off", "{\"a\":\"x", "missing closing quote"},
          {"two values in a line", "{\"a\":1} {\"a\":2}", "line 1: it is not valid JSON at byte 9"},
          {"a value over lines", "{\n\"a\":1}", "line 1: it is not valid JSON"},
          {"NaN", "{\"a\":1}\n{\"a\":NaN}", "line 2: it is not valid JSON"},
          {"infinity", "{\"a\":-Infinity}", "line 1: it is not valid JSON"},
          {"zeros in front", "{\"a\":007}", "line 1: it is not valid JSON"},
          {"a zero byte", std::string("{\"a\":1}\0{\"a\":2}", 15), "line 1: it is not valid JSON"},
          {"Latin-1", "{\"a\":1}\n{\"a\":\"caf\xE9\"}", "line 2: it is not valid UTF-8"},
          {"a surrogate in UTF-8", "{\"a\":\"\xED\xA0\x80\"}", "line 1: it is not valid UTF-8"},
          {"half a pair", R"({"a":"\ud800"})", "line 1: a string has an unpaired surrogate"},
          {"half a pair in a key", R"({"\udc00":1})", "line 1: a string has an unpaired surrogate"},
          {"too deep", "{\"a\":" + Repeated("[", 60) + Repeated("]", 60) + "}",
           "line 1: it is nested deeper than 60 levels"},
          {"far too deep", Repeated("{\"a\":", 200000), "line 1: it is nested deeper"},
          {"no time", R"({"metaxy_deleted_at":"soon"})",
           "line 1: column 'metaxy_deleted_at': 'soon' is not a time"},
      });
}

TEST(JsonLinesInput, RefusesKeysThatAreData) {
  std::string line = "{\"a\":{\"k\":0";
  for (int i = 0; i < 10000; ++i) line += ",\"" + std::to_string(i) + "\":1";
  ExpectRefused("a.jsonl", {{"keys", line + "}}", "more than 10000 different keys in 'a'"}});
}

TEST(CsvInput, KeepsWhatIsWritten) {
  const auto by_field = arrow::struct_({arrow::field("x", kText), arrow::field("y", kText)});
  ExpectUnderstood(
      "a.csv",
      {
          {"numbers",
           "a,b,c\n1,1.5,-2\n,.5,3\n2,1e5,4\n",
           {{"a", kInt}, {"b", kReal}, {"c", kInt}},
           R"([{"a":1,"b":1.5,"c":-2},{"a":null,"b":0.5,"c":3},{"a":2,"b":100000.0,"c":4}])"},
          {"integers in quotes", "a\n\"1\"\n2\n", {{"a", kInt}}, R"([{"a":1},{"a":2}])"},
          {"integers beside doubles", "a\n1\n2.5\n", {{"a", kReal}}, R"([{"a":1.0},{"a":2.5}])"},
          {"naturals",
           "a\n18446744073709551615\n1\n",
           {{"a", kNatural}},
           R"([{"a":18446744073709551615},{"a":1}])"},
          {"booleans",
           "a,b\ntrue,TRUE\nfalse,False\n",
           {{"a", kBool}, {"b", kBool}},
           R"([{"a":true,"b":true},{"a":false,"b":false}])"},
          {"zeros in front are a name",
           "a,b,c\n007,1,00.5\n8,02,1\n",
           {{"a", kText}, {"b", kText}, {"c", kText}},
           R"([{"a":"007","b":"1","c":"00.5"},{"a":"8","b":"02","c":"1"}])"},
          {"numbers that would be changed",
           "a,b,c\n18446744073709551616,9007199254740993,-1\n"
           "1,1.5,9223372036854775808\n",
           {{"a", kText}, {"b", kText}, {"c", kText}},
           R"([{"a":"18446744073709551616","b":"9007199254740993","c":"-1"},
               {"a":"1","b":"1.5","c":"9223372036854775808"}])"},
          {"pieces of hashes",
           "a\n12e45\n1234e5\n",
           {{"a", kText}},
           R"([{"a":"12e45"},{"a":"1234e5"}])"},
          {"mixed kinds are texts",
           "a,b\n1,true\nx,1\n",
           {{"a", kText}, {"b", kText}},
           R"([{"a":"1","b":"true"},{"a":"x","b":"1"}])"},
          {"the last row decides",
           "a\n" + Repeated("1\n", 200000) + "x\n",
           {{"a", kText}},
           "[" + Repeated("{\"a\":\"1\"},", 200000) + "{\"a\":\"x\"}]"},
          {"texts that look like times",
           "a,b\n2024-01-01,2024-01-01T00:00:00\n",
           {{"a", kText}, {"b", kText}},
           R"([{"a":"2024-01-01","b":"2024-01-01T00:00:00"}])"},
          {"nulls and empty texts",
           "a,b,c\n,\"\",\nx,y,\n",
           {{"a", kText}, {"b", kText}, {"c", arrow::null()}},
           R"([{"a":null,"b":"","c":null},{"a":"x","b":"y","c":null}])"},
          {"words for nothing are texts",
           "a,b\nNA,null\nnan,None\n",
           {{"a", kText}, {"b", kText}},
           R"([{"a":"NA","b":"null"},{"a":"nan","b":"None"}])"},
          {"quotes",
           "a,b\r\n\"x,\r\ny\",\"a \"\"q\"\"\"\r\nz,m\"n\"\r\n",
           {{"a", kText}, {"b", kText}},
           R"([{"a":"x,\r\ny","b":"a \"q\""},{"a":"z","b":"m\"n\""}])"},
          {"a byte order mark and blank lines",
           "\xEF\xBB\xBF"
           "a,b\n\n1,2\n\n",
           {{"a", kInt}, {"b", kInt}},
           R"([{"a":1,"b":2}])"},
          {"a blank line of one column",
           "a\n1\n\n2",
           {{"a", kInt}},
           R"([{"a":1},{"a":null},{"a":2}])"},
          {"blanks count",
           "a, b\n 1,x \n",
           {{"a", kText}, {" b", kText}},
           R"([{"a":" 1"," b":"x "}])"},
          {"no rows", "a,b\n", {{"a", arrow::null()}, {"b", arrow::null()}}, "[]"},
          {"a cell of megabytes",
           "a\n\"" + Repeated("0123456789\n", 300000) + "\"\nx\n",
           {{"a", kText}},
           "[{\"a\":\"" + Repeated("0123456789\\n", 300000) + "\"},{\"a\":\"x\"}]"},
          {"versions by field",
           "metaxy_provenance_by_field\n\"{\"\"x\"\": \"\"1\"\"}\"\n\n"
           "\"{\"\"y\"\": \"\"2\"\", \"\"x\"\": null}\"\nnull\n",
           {{"metaxy_provenance_by_field", by_field}},
           R"([{"metaxy_provenance_by_field":{"x":"1","y":null}},
               {"metaxy_provenance_by_field":null},
               {"metaxy_provenance_by_field":{"x":null,"y":"2"}},
               {"metaxy_provenance_by_field":null}])"},
          {"other columns of metaxy",
           "metaxy_provenance,metaxy_data_version,metaxy_created_at\n"
           "27224976,1e5,2024-05-01 10:00:00.123456Z\n",
           {{"metaxy_provenance", kText},
            {"metaxy_data_version", kText},
            {"metaxy_created_at", kTimestamp}},
           R"([{"metaxy_provenance":"27224976","metaxy_data_version":"1e5",
                "metaxy_created_at":"2024-05-01 10:00:00.123456"}])"},
      });
  const auto special = Get(ReadText("a.csv", "a\nNaN\ninf\n-inf\n1.5\n"));
  EXPECT_EQ(special->schema()->field(0)->type()->ToString(), "double");
}

TEST(CsvInput, RefusesWithTheLine) {
  ExpectRefused(
      "a.csv",
      {
          {"nothing at all", "", "it is empty; CSV starts with a header of column names"},
          {"a cell too few", "a,b\n1,2\n\"x\ny\"\n", "line 3: it has 1 cell, but there are 2"},
          {"a cell too many", "a,b\n1,2,\n", "line 2: it has 3 cells, but there are 2 columns"},
          {"a name twice", "a,b,a\n", "two columns are called 'a'"},
          {"a quote without end", "a,b\n1,2\n1,\"x\n\n", "line 3: a cell starts with a quote"},
          {"more after a quote", "a,b\n1,\"x\"y\n", "line 2: in cell 2 there is text after"},
          {"Latin-1", "a,b\n1,2\ncaf\xE9,2\n", "line 3: it is not valid UTF-8"},
          {"Latin-1 in a name", "a,caf\xE9\n", "line 1: it is not valid UTF-8"},
          {"a version alone", "id,metaxy_provenance_by_field\na,h\n",
           "line 2: column 'metaxy_provenance_by_field': it is not valid JSON"},
          {"a number as versions", "id,metaxy_provenance_by_field\na,5\n",
           "line 2: column 'metaxy_provenance_by_field': '5' is not a JSON object"},
          {"versions of two kinds",
           "id,metaxy_data_version_by_field\na,\"{\"\"x\"\": \"\"1\"\"}\"\nb,\"{\"\"x\"\": 1}\"\n",
           "line 3: column 'metaxy_data_version_by_field.x': a number here"},
          {"a field twice", "metaxy_provenance_by_field\n\"{\"\"x\"\": 1, \"\"x\"\": 1}\"\n",
           "line 2: the key 'metaxy_provenance_by_field.x' is given twice"},
          {"no fields", "id,metaxy_provenance_by_field\na,{}\n", "line 2: column 'metaxy_prov"},
          {"no time", "id,metaxy_created_at\na,soon\n",
           "line 2: column 'metaxy_created_at': 'soon' is not a time"},
      });
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadFor(const std::string& name,
                                                     const std::string& text,
                                                     const Columns& stored) {
  TempDir directory;
  ARROW_ASSIGN_OR_RAISE(const auto source, FrameSource::Open(directory.Write(name, text).string()));
  arrow::FieldVector fields;
  for (const auto& [column, type] : stored) fields.push_back(arrow::field(column, type));
  ARROW_RETURN_NOT_OK(source->SetStoredTypes(*arrow::schema(fields)));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  return rows->ToTable();
}

TEST(TextInput, TakesValuesForWhatTheTableHolds) {
  using arrow::TimeUnit;
  const auto bytes = arrow::large_binary();
  const auto times = arrow::time64(TimeUnit::MICRO);
  const auto duration = arrow::duration(TimeUnit::MILLI);
  const auto half = arrow::float16();
  const auto single = arrow::float32();
  struct Case {
    std::string name;
    std::string file;
    std::string text;
    Columns stored;
    Columns read;
    std::string rows;
  };
  const std::vector<Case> cases = {
      {"lists in cells",
       "a.csv",
       "a,b\n\"[0.5, 1]\",[]\n[],{}\n",
       {{"a", arrow::list(kReal)}, {"b", kText}},
       {{"a", ListOf(kReal)}, {"b", kText}},
       R"([{"a":[0.5,1.0],"b":"[]"},{"a":[],"b":"{}"}])"},
      {"texts and decimals that look like numbers",
       "a.csv",
       "a,b\n1.5,1e5\n2,\n",
       {{"a", arrow::decimal128(38, 2)}, {"b", kText}},
       {{"a", arrow::decimal128(38, 2)}, {"b", kText}},
       R"([{"a":"1.50","b":"1e5"},{"a":"2.00","b":null}])"},
      {"decimals of more digits",
       "a.csv",
       "a\n1.5\n1.234\n",
       {{"a", arrow::decimal128(4, 2)}},
       {{"a", kText}},
       R"([{"a":"1.5"},{"a":"1.234"}])"},
      {"decimals in texts",
       "a.jsonl",
       R"({"a":"-12345678901234567890.12"})",
       {{"a", arrow::decimal128(22, 2)}},
       {{"a", arrow::decimal128(22, 2)}},
       R"([{"a":"-12345678901234567890.12"}])"},
      {"floats of fewer bits",
       "a.jsonl",
       "{\"a\":0.1,\"b\":[0.1,null]}\n{\"a\":1e-7}",
       {{"a", single}, {"b", arrow::fixed_size_list(single, 2)}},
       {{"a", single}, {"b", ListOf(single)}},
       R"([{"a":0.1,"b":[0.1,null]},{"a":1e-7,"b":null}])"},
      {"half floats",
       "a.csv",
       "a\n0.099975586\n65504.0\n",
       {{"a", half}},
       {{"a", half}},
       R"([{"a":0.099975586},{"a":65504}])"},
      {"too many digits for fewer bits",
       "a.csv",
       "a\n0.1\n0.123456789\n",
       {{"a", single}},
       {{"a", kReal}},
       R"([{"a":0.1},{"a":0.123456789}])"},
      {"too large for fewer bits",
       "a.csv",
       "a\n0.1\n1e300\n",
       {{"a", single}},
       {{"a", kReal}},
       R"([{"a":0.1},{"a":1e300}])"},
      {"times of day",
       "a.csv",
       "a\n01:02:03\n\n23:59:59.999999\n",
       {{"a", times}},
       {{"a", times}},
       R"([{"a":3723000000},{"a":null},{"a":86399999999}])"},
      {"no times of day",
       "a.csv",
       "a\n01:02:03\n25:00:00\n",
       {{"a", times}},
       {{"a", kText}},
       R"([{"a":"01:02:03"},{"a":"25:00:00"}])"},
      {"durations",
       "a.jsonl",
       "{\"a\":\"PT90.5S\"}\n{\"a\":\"-PT0.001S\"}\n{\"a\":\"P0D\"}\n{\"a\":null}",
       {{"a", duration}},
       {{"a", duration}},
       R"([{"a":90500},{"a":-1},{"a":0},{"a":null}])"},
      {"durations of another unit",
       "a.csv",
       "a\nPT0.0001S\n",
       {{"a", duration}},
       {{"a", kText}},
       R"([{"a":"PT0.0001S"}])"},
      {"bytes inside",
       "a.jsonl",
       R"({"a":{"b":"6162","c":"6162"}})",
       {{"a", arrow::struct_({arrow::field("b", arrow::binary())})}},
       {{"a", arrow::struct_({arrow::field("b", bytes), arrow::field("c", kText)})}},
       R"([{"a":{"b":"ab","c":"6162"}}])"},
      {"other columns",
       "a.csv",
       "a,b\n1,x\n",
       {{"c", single}, {"a", kInt}},
       {{"a", kInt}, {"b", kText}},
       R"([{"a":1,"b":"x"}])"},
  };
  for (const Case& example : cases) {
    SCOPED_TRACE(example.name);
    const auto table = ReadFor(example.file, example.text, example.stored);
    ASSERT_THAT(table, IsOk());
    const auto expected = TableFromJson(example.read, example.rows);
    EXPECT_TRUE((*table)->Equals(*expected)) << (*table)->ToString();
  }
  EXPECT_THAT(ReadFor("a.csv", "a\n00\nxyz\n", {{"a", bytes}}),
              FailsWith(ErrorCode::kInvalidInput, "column 'a': 'xyz' is not binary data"));
}

TEST(TextInput, CanBeReadAgain) {
  TempDir directory;
  const auto source = Get(FrameSource::Open(directory.Write("a.csv", "a\n1\n2\n").string()));
  const auto first = Get(Get(source->Read())->ToTable());
  const auto second = Get(Get(source->Read())->ToTable());
  EXPECT_EQ(first->num_rows(), 2);
  EXPECT_TRUE(first->Equals(*second));
}

TEST(TextInput, RefusesAFileThatChangesWhileItIsRead) {
  TempDir directory;
  const std::string path = directory.Write("a.jsonl", "{\"a\":1}\n").string();
  const auto source = Get(FrameSource::Open(path));
  directory.Write("a.jsonl", "{\"a\":\"\"}");
  EXPECT_THAT(Get(source->Read())->ToTable(),
              FailsWith(ErrorCode::kInvalidInput, "changed while it was read"));
}

TEST(TextInput, StopsWhenItIsAskedTo) {
  TempDir directory;
  const std::string path = directory.Write("a.jsonl", Repeated("{\"a\":1}\n", 100)).string();
  arrow::StopSource stop;
  const auto source = Get(FrameSource::Open(path, stop.token()));
  stop.RequestStop();
  EXPECT_THAT(Get(source->Read())->ToTable(), FailsWith(ErrorCode::kCancelled, "interrupted"));
  EXPECT_THAT(FrameSource::Open(path, stop.token()), FailsWith(ErrorCode::kCancelled, path));
}

}  // namespace
}  // namespace metaxy::testing
