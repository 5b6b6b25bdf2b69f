#include "config/toml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metaxy/errors.h"
#include "support/matchers.h"

namespace metaxy::internal {
namespace {

using metaxy::testing::FailsWith;
using metaxy::testing::IsOk;
using ::testing::HasSubstr;

TEST(TomlReaderTest, KeepsTheOrderOfTheFile) {
  auto value = ParseToml("z = 1\na = 2\n[t.y]\nb = 1\na = 2\n[t.x]\n[s]\n", "f");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->ToJson().DumpPython(),
            R"({"z": 1, "a": 2, "t": {"y": {"b": 1, "a": 2}, "x": {}}, "s": {}})");
}

TEST(TomlReaderTest, KnowsLines) {
  auto value = ParseToml("a = 1\n\n[t]\nb = [\n 1,\n 2\n]\n[[l]]\nx = 1\n[[l]]\nx = 2\n", "f");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->Find("a")->origin().ToString(), "f:1");
  EXPECT_EQ(value->Find("t")->origin().line, 3);
  EXPECT_EQ(value->FindPath({"t", "b"})->origin().line, 4);
  EXPECT_EQ(value->FindPath({"t", "b"})->items()[1].origin().line, 6);
  EXPECT_EQ(value->Find("l")->items()[0].Find("x")->origin().line, 9);
  EXPECT_EQ(value->Find("l")->items()[1].origin().line, 10);
}

TEST(TomlReaderTest, RefusesInvalidToml) {
  for (const char* text :
       {"a = ", "[[:", "a = 1\na = 2", "[t", "a = \"\\q\"", "\xff = 1", "a = 1 b = 2"}) {
    arrow::Status status = ParseToml(text, "f.toml").status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidConfig)) << text;
    EXPECT_THAT(status.message(), HasSubstr("f.toml:")) << text;
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
  }
}

// The library's search for white space is undefined for these characters (U+FEF7, U+00E9, U+FB50).
TEST(TomlReaderTest, CharactersAfterABackslashAreNoTrap) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"\"\"\"one \\\n  \u00e9lan\"\"\"", "one \u00e9lan"},
           {"\"\"\"\\  \r\n\n\ufb50\\\n\ufb50\"\"\"", "\ufb50\ufb50"},
           {"\"\"\"\\\\\u00e9\"\"\"", "\\\u00e9"},
           {"\"\u00e9\\t\"", "\u00e9\t"},
           {"\"\"\"\\\n\U0001F600 \ufef7\"\"\"", "\U0001F600 \ufef7"},
           {"'\\\u00e9'", "\\\u00e9"}}) {
    SCOPED_TRACE(text);
    const auto value = ParseToml("a = " + text + "\n", "f.toml");
    ASSERT_THAT(value.status(), IsOk());
    EXPECT_EQ(value->Find("a")->scalar().as_string(), expected);
  }
  for (const char* text : {"a = \"\\\ufef7\"", "a = \"\"\"x\ny\\\u00e9\"\"\""}) {
    EXPECT_THAT(
        ParseToml(text, "f.toml").status(),
        FailsWith(ErrorCode::kInvalidConfig, "a backslash is followed by a non-ASCII character"));
  }
  EXPECT_THAT(ParseToml("a = \"\"\"x\ny\\\u00e9\"\"\"", "f.toml").status(),
              FailsWith(ErrorCode::kInvalidConfig, "f.toml:2:3: "));
}

TEST(TomlReaderTest, RefusesWhatIsNestedTooDeeply) {
  EXPECT_TRUE(IsError(ParseToml("a = " + std::string(100000, '['), "f").status(),
                      ErrorCode::kInvalidConfig));
}

}  // namespace
}  // namespace metaxy::internal
