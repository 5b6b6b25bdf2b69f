#include "metaxy/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "json/float_text.h"
#include "metaxy/errors.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using testing::Goldens;
using ::testing::HasSubstr;
using testing::Text;

TEST(JsonConformance, WritesWhatPythonWrites) {
  for (const Json& golden : Goldens("json_texts")) {
    std::string text = Text(golden, "text");
    SCOPED_TRACE(text);
    arrow::Result<Json> json = Json::Parse(text);
    ASSERT_TRUE(json.ok()) << json.status();
    EXPECT_EQ(json->DumpPython(), Text(golden, "python"));
    EXPECT_EQ(json->DumpPython(true), Text(golden, "sorted"));
    EXPECT_EQ(json->DumpIndented(), Text(golden, "indented"));
    EXPECT_EQ(json->DumpCompact(), Text(golden, "compact"));
  }
}

TEST(JsonConformance, WritesFloatsAsPythonAndPydanticDo) {
  for (const Json& golden : Goldens("floats")) {
    const std::string& python = golden.as_array()[0].as_string();
    double value = std::strtod(python.c_str(), nullptr);
    EXPECT_EQ(PythonFloatText(value), python);
    EXPECT_EQ(RustFloatText(value), golden.as_array()[1].as_string());
    EXPECT_EQ(Json(value).DumpPython(), python);
  }
}

TEST(FloatTextTest, WritesNanAndInfinities) {
  double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(PythonFloatText(std::nan("")), "nan");
  EXPECT_EQ(PythonFloatText(-infinity), "-inf");
  EXPECT_EQ(RustFloatText(std::nan("")), "NaN");
  EXPECT_EQ(RustFloatText(infinity), "inf");
  Json json = Json::Array{std::nan(""), infinity, -infinity};
  EXPECT_EQ(json.DumpPython(), "[NaN, Infinity, -Infinity]");
  EXPECT_EQ(json.DumpCompact(), "[null,null,null]");
}

TEST(JsonTest, KeepsKindsOfNumbersApart) {
  Json json = *Json::Parse("[1, 1.0, 1e2, -0, 18446744073709551616]");
  const Json::Array& items = json.as_array();
  EXPECT_TRUE(items[0].is_integer());
  EXPECT_TRUE(items[1].is_double());
  EXPECT_TRUE(items[2].is_double());
  EXPECT_EQ(items[3].as_integer().digits, "0");
  EXPECT_EQ(items[4].as_integer().digits, "18446744073709551616");
  EXPECT_EQ(Json(std::numeric_limits<uint64_t>::max()).as_integer().digits, "18446744073709551615");
  EXPECT_EQ(Json(std::numeric_limits<int64_t>::min()).as_integer().digits, "-9223372036854775808");
}

TEST(JsonTest, NumbersBeyondTheRangeAreInfiniteOrZero) {
  EXPECT_EQ(Json::Parse("[1e400, -1e400, 1e-400, 1.0e5]")->DumpPython(),
            "[Infinity, -Infinity, 0.0, 100000.0]");
}

TEST(JsonTest, ErrorsNameLineAndColumn) {
  struct Case {
    const char* text;
    const char* place;
  };
  const std::vector<Case> cases = {
      {"", "line 1, column 1"},
      {"{\"a\": 1,\n \"b\": }", "line 2, column 7"},
      {"[1, 2", "line 1, column 6"},
      {"\"\xC3\xA9\" x", "line 1, column 5"},
      {"{\"\xC3\xA9\": tru}", "line 1, column 10"},
      {"[01]", "line 1, column 3"},
      {"[NaN]", "line 1, column 2"},
      {"[\"\\ud800\"]", "line 1, column 9"},
      {"[\"\xFF\"]", "line 1, column 3"},
      {"{\"a\" 1}", "line 1, column 6"},
      {"[1,]", "line 1, column 4"},
      {"[\"a\nb\"]", "line 1, column 4"},
      {"{'a': 1}", "line 1, column 2"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.text);
    arrow::Status status = Json::Parse(item.text).status();
    ASSERT_TRUE(IsError(status, ErrorCode::kInvalidInput)) << status;
    EXPECT_THAT(testing::OneLine(status), HasSubstr(std::string("at ") + item.place + ":"));
  }
}

TEST(JsonTest, NestingIsLimited) {
  auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_EQ(Json::Parse(nested(kMaxJsonDepth))->DumpCompact(), nested(kMaxJsonDepth));
  arrow::Status status = Json::Parse("{\"[\": \n" + nested(1000000) + "}").status();
  EXPECT_THAT(testing::OneLine(status), HasSubstr("line 2, column 900: nested deeper"));
}

TEST(JsonTest, MembersAreFoundAndSet) {
  Json json;
  json.Set("b", 1);
  json.Set("a", nullptr);
  json.Set("b", "x");
  EXPECT_EQ(json.DumpCompact(), R"({"b":"x","a":null})");
  EXPECT_EQ(json.DumpCompact(true), R"({"b":"x"})");
  EXPECT_EQ(json.Find("b")->as_string(), "x");
  EXPECT_EQ(json.Find("c"), nullptr);
  EXPECT_EQ(Json(1).Find("c"), nullptr);
  EXPECT_EQ(json, *Json::Parse(json.DumpPython()));
  EXPECT_NE(json, Json(Json::Object{}));
}

TEST(JsonTest, InvalidUtf8IsReplaced) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a\xFF", "a\\ufffd"},          {"\xC3", "\\ufffd"},
      {"\xC3\x28", "\\ufffd("},       {"\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"\xC0\x80", "\\ufffd\\ufffd"}, {"\xF4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
      {"\xE2\x82\xAC", "\\u20ac"},    {"\xF0\x9F\xA6\x8A", "\\ud83e\\udd8a"},
  };
  for (const auto& [bytes, expected] : cases) {
    EXPECT_EQ(Json(bytes).DumpPython(), "\"" + expected + "\"");
    EXPECT_TRUE(Json::Parse(Json(bytes).DumpCompact()).ok());
  }
}

}  // namespace
}  // namespace metaxy
