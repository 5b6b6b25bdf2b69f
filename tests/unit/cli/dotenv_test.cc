#include "cli/dotenv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temp_dir.h"

namespace metaxy::cli {
namespace {

using Variables = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct Case {
  const char* text;
  Variables variables;
};

// Each case checked against python-dotenv 1.2.4.
TEST(DotenvTest, ReadsWhatPythonDotenvReads) {
  const std::vector<Case> kCases = {
      {"A=1\nB=2", {{"A", "1"}, {"B", "2"}}},
      {"export A=1", {{"A", "1"}}},
      {" A = 1 ", {{"A", "1"}}},
      {"A=\n", {{"A", ""}}},
      {"A\n", {{"A", std::nullopt}}},
      {"# x\n\nA=1 # y\n", {{"A", "1"}}},
      {"A=1#2\n", {{"A", "1#2"}}},
      {"A= # y\n", {{"A", ""}}},
      {"A=#y\n", {{"A", "#y"}}},
      {"A='x # y'\n", {{"A", "x # y"}}},
      {"A=\"x\\ny\\\"z\\q\"\n", {{"A", "x\ny\"z\\q"}}},
      {"A='x\\ny\\'z'\n", {{"A", "x\\ny'z"}}},
      {"A=\"two\nlines\"\nB=1", {{"A", "two\nlines"}, {"B", "1"}}},
      {"'A'=1\n", {{"A", "1"}}},
      {"A=x y  z \n", {{"A", "x y  z"}}},
      {"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}},
      {"\xef\xbb\xbf"
       "A=1",
       {{"A", "1"}}},
  };
  for (const Case& c : kCases) {
    DotenvFile file = ParseDotenv(c.text);
    EXPECT_EQ(file.variables, c.variables) << c.text;
    EXPECT_TRUE(file.bad_lines.empty()) << c.text;
  }
}

TEST(DotenvTest, SkipsBadLines) {
  DotenvFile file = ParseDotenv("A=1\n=2\nB=\"open\nC=3\n");
  EXPECT_EQ(file.variables, (Variables{{"A", "1"}, {"C", "3"}}));
  EXPECT_EQ(file.bad_lines, (std::vector<int>{2, 3}));
}

TEST(DotenvTest, KeepsVariablesThatAreSet) {
  testing::TempDir directory;
  setenv("METAXY_TEST_SET", "environment", 1);
  auto path = directory.Write(
      ".env",
      "METAXY_TEST_SET=file\nMETAXY_TEST_A=a\nMETAXY_TEST_B=${METAXY_TEST_A}-${METAXY_TEST_SET}-"
      "${METAXY_TEST_NONE:-d}-${METAXY_TEST_NONE}-$METAXY_TEST_A\nMETAXY_TEST_BARE\n");
  std::vector<std::string> warnings;
  LoadDotenv(path, [&](const std::string& text) { warnings.push_back(text); });
  EXPECT_STREQ(getenv("METAXY_TEST_SET"), "environment");
  EXPECT_STREQ(getenv("METAXY_TEST_B"), "a-environment-d--$METAXY_TEST_A");
  EXPECT_EQ(getenv("METAXY_TEST_BARE"), nullptr);
  EXPECT_TRUE(warnings.empty());
  for (const char* name : {"METAXY_TEST_SET", "METAXY_TEST_A", "METAXY_TEST_B"}) unsetenv(name);
}

TEST(DotenvTest, IsNotMissed) {
  LoadDotenv("/none/.env", [](const std::string&) { FAIL(); });
}

}  // namespace
}  // namespace metaxy::cli
