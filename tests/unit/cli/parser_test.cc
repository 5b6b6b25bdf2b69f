#include "cli/parser.h"

#include <gtest/gtest.h>

namespace metaxy::cli {
namespace {

using Kind = OptionSpec::Kind;

std::vector<CommandSpec> Commands() {
  return {{"metadata",
           "read",
           nullptr,
           "",
           {{"FEATURE", Kind::kText, "", true},
            {"--filter", Kind::kTexts, ""},
            {"--fallback,!--no-fallback", Kind::kFlag, ""},
            FormatOption()},
           nullptr},
          {"metadata",
           "status",
           "state",
           "",
           {{"FEATURE", Kind::kTexts, ""}, {"--limit", Kind::kNumber, ""}},
           nullptr},
          {nullptr, "push", nullptr, "", {{"-t,--tags", Kind::kTexts, ""}}, nullptr}};
}

ParsedCommand Parse(std::vector<std::string> arguments) {
  static const std::vector<CommandSpec> kCommands = Commands();
  return ParseCommandLine(kCommands, std::move(arguments),
                          [](const char*) -> const char* { return nullptr; });
}

TEST(ParserTest, TakesOptionsInAnyOrder) {
  ParsedCommand parsed = Parse({"--project", "p", "metadata", "read", "--filter", "a > 1", "x/y",
                                "--filter=-b < 2", "--sync"});
  EXPECT_EQ(parsed.error, "");
  ASSERT_NE(parsed.command, nullptr);
  EXPECT_STREQ(parsed.command->name, "read");
  EXPECT_EQ(parsed.arguments.Text("FEATURE"), "x/y");
  EXPECT_EQ(parsed.arguments.Texts("filter"), (std::vector<std::string>{"a > 1", "-b < 2"}));
  EXPECT_EQ(parsed.globals.project, "p");
  EXPECT_TRUE(parsed.globals.sync);
  EXPECT_FALSE(parsed.globals.locked);
}

TEST(ParserTest, AnOptionTakesOneValue) {
  ParsedCommand parsed = Parse({"metadata", "status", "a", "b", "--limit", "3", "c"});
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.arguments.Texts("FEATURE"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(parsed.arguments.Number("limit"), 3);
}

TEST(ParserTest, AValueMayBeginWithADash) {
  EXPECT_EQ(Parse({"metadata", "read", "f", "--filter", "-1 < n"}).arguments.Texts("filter"),
            std::vector<std::string>{"-1 < n"});
}

TEST(ParserTest, FlagsMayBeTurnedOff) {
  EXPECT_TRUE(Parse({"metadata", "read", "f"}).arguments.Flag("fallback", true));
  EXPECT_TRUE(Parse({"metadata", "read", "f", "--fallback"}).arguments.Flag("fallback", false));
  EXPECT_FALSE(Parse({"metadata", "read", "f", "--no-fallback"}).arguments.Flag("fallback", true));
  EXPECT_FALSE(Parse({"--sync", "--no-sync", "push"}).globals.sync);
}

TEST(ParserTest, KnowsOtherNames) {
  EXPECT_STREQ(Parse({"metadata", "state"}).command->name, "status");
  EXPECT_EQ(Parse({"push", "-t", "a=1", "--tags", "b=2"}).arguments.Texts("tags"),
            (std::vector<std::string>{"a=1", "b=2"}));
}

}  // namespace
}  // namespace metaxy::cli
