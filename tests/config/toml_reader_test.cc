#include "config/toml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

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

TEST(TomlReaderTest, RefusesWhatIsNoToml) {
  for (const char* text :
       {"a = ", "[[:", "a = 1\na = 2", "[t", "a = \"\\q\"", "\xff = 1", "a = 1 b = 2"}) {
    arrow::Status status = ParseToml(text, "f.toml").status();
    EXPECT_TRUE(IsError(status, ErrorCode::kInvalidConfig)) << text;
    EXPECT_THAT(status.message(), HasSubstr("f.toml:")) << text;
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
  }
}

TEST(TomlReaderTest, RefusesWhatIsNestedTooDeeply) {
  EXPECT_TRUE(IsError(ParseToml("a = " + std::string(100000, '['), "f").status(),
                      ErrorCode::kInvalidConfig));
}

}  // namespace
}  // namespace metaxy::internal
