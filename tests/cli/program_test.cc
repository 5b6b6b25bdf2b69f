// The command line itself: help, mistakes, where the configuration comes from.
#include "program.h"

#include <gtest/gtest.h>

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Mistake {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, GetsHelp) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n");
  EXPECT_THAT(program.Run(GetParam().arguments), FailedWith(2, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, MistakeTest,
    ::testing::Values(
        Mistake{"Group",
                {"metdata", "write"},
                "unknown command 'metaxy metdata' (see `metaxy --help`); did you mean 'metadata'?"},
        Mistake{"Command",
                {"list", "featurs"},
                "unknown command 'metaxy list featurs' (see `metaxy list --help`); did you mean "
                "'features'?"},
        Mistake{"CommandWithOptions",
                {"metadata", "raed", "a", "--limit", "3"},
                "unknown command 'metaxy metadata raed' (see `metaxy metadata --help`); did you "
                "mean 'read'?"},
        Mistake{"Option",
                {"list", "features", "--verbos"},
                "unknown option '--verbos' (see `metaxy list features --help`); did you mean "
                "'--verbose'?"},
        Mistake{"GlobalOption",
                {"--projekt", "x", "list", "features"},
                "unknown option '--projekt' (see `metaxy list features --help`); did you mean "
                "'--project'?"},
        Mistake{
            "OptionBeforeArgument",
            {"metadata", "write", "--form", "x", "y"},
            "unknown option '--form' (see `metaxy metadata write --help`); did you mean '--from'?"},
        Mistake{"Argument",
                {"list", "features", "x"},
                "unexpected argument 'x' (see `metaxy list features --help`)"},
        Mistake{
            "MissingArgument", {"metadata", "write"}, "metaxy metadata write: FEATURE is missing"},
        Mistake{"MissingOption",
                {"metadata", "write", "a"},
                "metaxy metadata write: --from is missing"},
        Mistake{"MissingValue", {"metadata", "read", "a", "--store"}, "--store"},
        Mistake{"Choice",
                {"list", "features", "--format", "jsn"},
                "--format must be one of plain, json, not 'jsn'; did you mean 'json'?"},
        Mistake{"Number",
                {"metadata", "read", "a", "--limit", "-1"},
                "--limit must be a whole number that is not negative, not '-1'"},
        Mistake{"NoNumber",
                {"metadata", "read", "a", "--limit", "ten"},
                "--limit must be a whole number"},
        Mistake{"Filter", {"metadata", "read", "a", "--filter", "n LIKE 'x'"}, ""},
        Mistake{"UnknownFeature", {"metadata", "read", "a"}, "'a'"},
        Mistake{"KeyThatIsNone", {"metadata", "read", "a//b"}, "a//b"},
        Mistake{
            "PushOfAnother", {"--project", "x", "push"}, "push works on the configured project"},
        Mistake{"Tag", {"push", "--tags", "x"}, "the tag 'x' is no NAME=VALUE"},
        Mistake{"ConfigFile",
                {"--config-file", "none.toml", "list", "features"},
                "cannot read none.toml: No such file"}),
    [](const auto& test) { return test.param.name; });

TEST(ProgramTest, ShowsHelpAndVersion) {
  Program program;
  Finished help = program.Run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* words :
       {"Usage: metaxy ", "--config-file TEXT", "--sync,--no-sync ", "metadata ", "push "}) {
    EXPECT_THAT(help.out, HasSubstr(words));
  }
  EXPECT_EQ(program.Run({}).out, help.out);
  EXPECT_THAT(program.Run({"metadata"}).out, HasSubstr("Usage: metaxy metadata "));
  EXPECT_THAT(program.Run({"metadata", "read", "--help"}).out,
              HasSubstr("Usage: metaxy metadata read "));
  EXPECT_THAT(program.Run({"--version"}).out, ::testing::MatchesRegex("metaxy [0-9.]+\n"));
}

TEST(ProgramTest, FindsTheConfigurationAbove) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
  EXPECT_THAT(program.Run({"list", "features"}).out, HasSubstr("1 feature"));
  program.Write("sub/metaxy.toml", "project = 'q'\n");
  EXPECT_THAT(program.Run({"--config-file", "sub/metaxy.toml", "list", "features"}).out,
              HasSubstr("no features"));
  program.SetVariable("METAXY_CONFIG", "sub/metaxy.toml");
  EXPECT_THAT(program.Run({"list", "features"}).out, HasSubstr("no features"));
}

TEST(ProgramTest, OptionsComeFromVariablesToo) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n");
  program.SetVariable("METAXY_LIST_FEATURES_FORMAT", "json");
  EXPECT_THAT(program.Run({"list", "features"}),
              Printed("{\n  \"feature_count\": 0,\n  \"features\": []\n}\n"));
  EXPECT_THAT(program.Run({"list", "features", "--format", "plain"}).out, HasSubstr("no features"));
  program.SetVariable("METAXY_ALL_PROJECTS", "perhaps");
  EXPECT_THAT(program.Run({"list", "features"}),
              FailedWith(2, "--all-projects must be true or false, not 'perhaps'"));
}

TEST(ProgramTest, ReadsTheEnvironmentFile) {
  Program program;
  program.Write(".env", "METAXY_PROJECT=from-file\nMETAXY_THEME='dark'\n");
  Finished shown = program.Run({"config", "print"});
  EXPECT_THAT(shown.out, HasSubstr("project = \"from-file\"\n"));
  EXPECT_THAT(shown.out, HasSubstr("theme = \"dark\"\n"));
  program.SetVariable("METAXY_PROJECT", "from-environment");
  EXPECT_THAT(program.Run({"config", "print"}).out, HasSubstr("project = \"from-environment\"\n"));
}

TEST(ProgramTest, SaysWhatToDoWithoutAStore) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
  EXPECT_THAT(program.Run({"metadata", "read", "a"}),
              FailedWith(2, "no store is configured; add [stores.dev]"));
}

TEST(ProgramTest, ASyncNeedsAStore) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n[[extra_features]]\nall = true\n");
  EXPECT_THAT(program.Run({"--sync", "list", "features"}), FailedWith(2, "no store is configured"));
  EXPECT_EQ(program.Run({"list", "features"}).code, 0);
}

}  // namespace
}  // namespace metaxy::testing
