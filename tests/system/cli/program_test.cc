// The command line itself: help, errors, sources of the configuration.
#include "program.h"

#include <gtest/gtest.h>

#include "metaxy/json.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
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
  ASSERT_STRNE(GetParam().message, "");
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
                {"metadata", "copy", "a", "--from", "x"},
                "metaxy metadata copy: --to is missing"},
        Mistake{"MissingValue",
                {"metadata", "read", "a", "--store"},
                "--store: 1 required STORE missing (see `metaxy metadata read --help`)"},
        Mistake{"Choice",
                {"list", "features", "--format", "jsn"},
                "--format must be one of plain, json, not 'jsn'; did you mean 'json'?"},
        Mistake{"Number",
                {"metadata", "read", "a", "--limit", "-1"},
                "--limit must be a whole number that is not negative, not '-1'"},
        Mistake{"NoNumber",
                {"metadata", "read", "a", "--limit", "ten"},
                "--limit must be a whole number"},
        Mistake{"Filter",
                {"metadata", "read", "a", "--filter", "n GLOB 'x'"},
                "cannot read the filter 'n GLOB 'x'' at column 3: GLOB is not supported"},
        Mistake{"UnknownFeature",
                {"metadata", "read", "a"},
                "feature 'a' is not in the graph; no features are loaded"},
        Mistake{"KeyThatIsNone",
                {"metadata", "read", "a//b"},
                "FeatureKey 'a//b', part '': no part may be empty"},
        Mistake{
            "PushOfAnother", {"--project", "x", "push"}, "push works on the configured project"},
        Mistake{"ProjectOfAll",
                {"--project", "x", "describe", "features", "--all-features"},
                "--project has no effect on --all-features"},
        Mistake{"ProjectAndAllProjects",
                {"--project", "x", "--all-projects", "list", "features"},
                "--project and --all-projects are both given; use one of the two"},
        Mistake{"Tag", {"push", "--tags", "x"}, "the tag 'x' is not of the form NAME=VALUE"},
        Mistake{"ConfigFile",
                {"--config-file", "none.toml", "list", "features"},
                "cannot read none.toml: No such file"}),
    [](const auto& test) { return test.param.name; });

TEST(ProgramTest, ShowsHelp) {
  Program program;
  Finished help = program.Run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* words :
       {"Usage: metaxy ", "--config-file FILE", "--sync,--no-sync ", "metadata ", "push "}) {
    EXPECT_THAT(help.out, HasSubstr(words));
  }
  EXPECT_EQ(program.Run({}).out, help.out);
  EXPECT_THAT(program.Run({"metadata"}).out, HasSubstr("Usage: metaxy metadata "));
  EXPECT_THAT(program.Run({"metadata", "read", "--help"}).out,
              HasSubstr("Usage: metaxy metadata read "));
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
  EXPECT_THAT(shown.out, HasSubstr("project = \"from-file\"  # METAXY_PROJECT\n"));
  EXPECT_THAT(shown.out, HasSubstr("theme = \"dark\"  # METAXY_THEME\n"));
  program.SetVariable("METAXY_PROJECT", "from-environment");
  EXPECT_THAT(program.Run({"config", "print"}).out,
              HasSubstr("project = \"from-environment\"  # METAXY_PROJECT\n"));
}

// Colours are for people: on a terminal, and not where somebody said no.
class ColorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    program_.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
    program_.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
    program_.SetVariable("NO_COLOR", "");  // as if it were not set
  }
  std::string OnTerminal(const std::vector<std::string>& words) const {
    return program_.RunOnTerminal(words, "").out;
  }

  const std::vector<std::string> list_ = {"list", "features"};
  const std::vector<std::string> mistake_ = {"list", "featurs"};
  Program program_;
};

TEST_F(ColorTest, AreShownOnATerminal) {
  EXPECT_THAT(OnTerminal(list_), HasSubstr("\x1b[1mFeature\x1b[0m"));
  EXPECT_THAT(OnTerminal(mistake_), HasSubstr("metaxy: \x1b[31merror:\x1b[0m unknown command"));
  EXPECT_THAT(OnTerminal({"list", "features", "--format", "json"}), Not(HasSubstr("\x1b[")));
}

TEST_F(ColorTest, ChangeNothingButTheColor) {
  const auto plain = [](std::string text) {
    for (size_t at = 0; (at = text.find("\x1b[", at)) != std::string::npos;)
      text.erase(at, text.find('m', at) - at + 1);
    return text;
  };
  program_.SetVariable("COLUMNS", "80");
  EXPECT_EQ(plain(OnTerminal(list_)), program_.Run(list_).out);
  EXPECT_EQ(plain(OnTerminal(mistake_)), program_.Run(mistake_).err);
}

TEST_F(ColorTest, AreNotShownElsewhere) {
  EXPECT_THAT(program_.Run(list_).out, AllOf(HasSubstr("Feature"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(program_.Run(mistake_).err, AllOf(HasSubstr("error:"), Not(HasSubstr("\x1b"))));
}

TEST_F(ColorTest, AreNotShownIfTheyAreTurnedOff) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"NO_COLOR", "1"}, {"TERM", "dumb"}}) {
    Program other;
    other.Write("metaxy.toml", "project = 'p'\n");
    other.SetVariable("NO_COLOR", "");
    other.SetVariable(name, value);
    EXPECT_THAT(other.RunOnTerminal(mistake_, "").out,
                AllOf(HasSubstr("error:"), Not(HasSubstr("\x1b["))))
        << name;
  }
}

struct Repetition {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;  // empty if it is harmless
};

class RepetitionTest : public ::testing::TestWithParam<Repetition> {};

TEST_P(RepetitionTest, OfAnOptionForOneValueIsRefused) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
  const Finished finished = program.Run(GetParam().arguments);
  if (std::string(GetParam().message).empty()) {
    EXPECT_EQ(finished.code, 0) << finished.err;
  } else {
    EXPECT_THAT(finished, FailedWith(2, GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, RepetitionTest,
    ::testing::Values(
        Repetition{"Text",
                   {"metadata", "write", "a", "--from", "x.csv", "--from", "y.csv"},
                   "metaxy metadata write: --from is given 2 times, with 'x.csv' and 'y.csv'; it "
                   "takes one value"},
        Repetition{"SameText",
                   {"metadata", "write", "a", "--from", "x.csv", "--from=x.csv"},
                   "--from is given 2 times"},
        Repetition{"Thrice",
                   {"metadata", "read", "a", "--to=x", "--to=y", "--to=z"},
                   "--to is given 3 times, with 'x' and 'y' and 'z'"},
        Repetition{"Number",
                   {"metadata", "read", "a", "--limit", "1", "--limit=2"},
                   "--limit is given 2 times, with '1' and '2'"},
        Repetition{"Size",
                   {"metadata", "resolve", "a", "--memory-limit", "1", "--memory-limit", "2"},
                   "--memory-limit is given 2 times"},
        Repetition{"Choice",
                   {"list", "features", "-f", "json", "--format", "plain"},
                   "--format is given 2 times, with 'json' and 'plain'"},
        Repetition{"ShortName",
                   {"lock", "-o", "x", "-o", "y"},
                   "--output is given 2 times, with 'x' and 'y'"},
        Repetition{"Global",
                   {"--config-file", "metaxy.toml", "list", "features", "--config-file", "b.toml"},
                   "--config-file is given 2 times"},
        Repetition{"GlobalProject",
                   {"--project", "p", "list", "features", "--project", "q"},
                   "--project is given 2 times, with 'p' and 'q'"},
        Repetition{"Argument", {"explain", "a", "b"}, "unexpected argument 'b'"},
        Repetition{"Flag", {"list", "features", "--verbose", "-v"}, ""},
        Repetition{"GlobalFlag", {"--all-projects", "list", "features", "--all-projects"}, ""},
        Repetition{"FlagAndItsOpposite", {"--sync", "--no-sync", "list", "features"}, ""},
        Repetition{"ManyTexts", {"describe", "features", "a", "a"}, ""}),
    [](const auto& test) { return test.param.name; });

// The environment has one value for each option; the command line takes precedence.
TEST(ProgramTest, AnOptionAndItsVariableAreNotARepetition) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n");
  program.SetVariable("METAXY_LIST_FEATURES_FORMAT", "plain");
  EXPECT_THAT(program.Run({"list", "features", "--format", "json"}).out,
              HasSubstr("feature_count"));
}

TEST(ProgramTest, LockedWithoutSyncHasNoEffectAndWarns) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n");
  const Finished given = program.Run({"--locked", "list", "features"});
  EXPECT_EQ(given.code, 0);
  EXPECT_THAT(given.err, HasSubstr("metaxy: warning: --locked has no effect without --sync"));
  EXPECT_EQ(program.Run({"--no-locked", "list", "features"}).err, "");
  program.SetVariable("METAXY_LOCKED", "1");
  EXPECT_EQ(program.Run({"list", "features"}).err, "");
}

TEST(ProgramTest, ConfigPrintSaysWhereValuesComeFrom) {
  Program program;
  program.Write("shared/base.toml", "theme = 'dark'\n[stores.prod]\ntype = 'x.Y'\n");
  program.Write("sub/metaxy.toml",
                "extend = '../shared/base.toml'\n\nproject = 'p'\nstore = 'dev'\n\n"
                "[stores.dev]\ntype = 'x.Y'\n[stores.dev.config]\nuri = 'a'\nfallback_stores = "
                "['prod']\n\n[[extra_features]]\nall = true\n\n[[extra_features]]\n"
                "keys = ['a']\nprojects = ['q']\n");
  program.SetDirectory("sub");
  program.SetVariable("METAXY_STORE", "prod");
  program.SetVariable("METAXY_STORES__DEV__CONFIG__URI", "b");
  const std::string shown = program.Run({"config", "print"}).out;
  for (const char* line :
       {"store = \"prod\"  # METAXY_STORE\n", "project = \"p\"  # metaxy.toml:3\n",
        "theme = \"dark\"  # ", "/base.toml:1\n", "sync = true  # default\n",
        "hash_truncation_length = 8  # default\n", "entrypoints = []  # default\n",
        "uri = \"b\"  # METAXY_STORES__DEV__CONFIG__URI\n",
        "fallback_stores = [\"prod\"]  # metaxy.toml:10\n",
        "[[extra_features]]\nall = true  # metaxy.toml:13\n",
        "keys = [\"a\"]  # metaxy.toml:16\n"}) {
    EXPECT_THAT(shown, HasSubstr(line));
  }
  // JSON is unchanged for programs.
  EXPECT_THAT(program.Run({"config", "print", "--format", "json"}).out,
              ::testing::Not(HasSubstr("metaxy.toml")));
}

struct JsonFailure {
  const char* name;
  std::vector<std::string> arguments;
  int code;
  const char* error;  // empty if only text is printed, as in the reference
};

class JsonFailureTest : public ::testing::TestWithParam<JsonFailure> {};

TEST_P(JsonFailureTest, IsAnObjectOnStandardOutput) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
  std::vector<std::string> arguments = GetParam().arguments;
  arguments.insert(arguments.end(), {"--format", "json"});
  const Finished finished = program.Run(arguments);
  EXPECT_EQ(finished.code, GetParam().code);
  EXPECT_THAT(finished.err, StartsWith("metaxy: error: "));
  if (std::string(GetParam().error).empty()) {
    EXPECT_EQ(finished.out, "");
    return;
  }
  const auto json = Json::Parse(finished.out);
  ASSERT_TRUE(json.ok()) << finished.out;
  ASSERT_NE(json->Find("error"), nullptr);
  EXPECT_EQ(json->Find("error")->as_string(), GetParam().error);
  EXPECT_THAT(finished.err, HasSubstr(json->Find("message")->as_string()));
}

INSTANTIATE_TEST_SUITE_P(
    Commands, JsonFailureTest,
    ::testing::Values(
        JsonFailure{"CommandLine", {"list", "features", "--no-such"}, 2, "INVALID_COMMAND_LINE"},
        JsonFailure{"Missing", {"metadata", "copy", "a"}, 2, "INVALID_COMMAND_LINE"},
        JsonFailure{"Feature", {"metadata", "read", "b"}, 2, "FEATURE_NOT_IN_GRAPH"},
        JsonFailure{"Key", {"metadata", "read", "b//c"}, 2, "INVALID_INPUT"},
        JsonFailure{"Filter", {"metadata", "read", "a", "--filter", "n >"}, 2, "FILTER_PARSE"},
        JsonFailure{"Store", {"metadata", "read", "a"}, 2, "INVALID_CONFIG"},
        JsonFailure{"Write", {"metadata", "write", "a", "--from", "x.csv"}, 2, "INVALID_INPUT"},
        JsonFailure{"Selection", {"metadata", "delete"}, 2, "MISSING_REQUIRED_FLAG"},
        JsonFailure{"Unknown", {"metadata", "delete", "b"}, 2, "FEATURES_NOT_FOUND"},
        JsonFailure{
            "Unconfirmed", {"metadata", "delete", "a", "--hard"}, 2, "MISSING_CONFIRMATION"},
        JsonFailure{
            "SoftAndHard", {"metadata", "delete", "a", "--soft", "--hard"}, 2, "CONFLICTING_FLAGS"},
        JsonFailure{"Config", {"--config-file", "no.toml", "list", "stores"}, 2, "INVALID_CONFIG"},
        JsonFailure{"Push", {"--project", "x", "push"}, 2, "INVALID_INPUT"},
        JsonFailure{"Status", {"metadata", "status", "a", "--filter", "n >"}, 2, ""},
        JsonFailure{"Diff", {"graph-diff", "render", "latest"}, 2, ""}),
    [](const auto& test) { return test.param.name; });

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
