// Invalid projects: every command reports the error in one line.
#include <gtest/gtest.h>

#include "program.h"

namespace metaxy::testing {
namespace {

struct BadProject {
  const char* name;
  std::vector<std::pair<const char*, const char*>> files;
  const char* message;
};

constexpr const char* kToml = "project = 'p'\nentrypoints = ['features.toml']\n";

class BadProjectTest : public ::testing::TestWithParam<BadProject> {};

TEST_P(BadProjectTest, IsReportedInOneLine) {
  Program program;
  for (const auto& [name, text] : GetParam().files) program.Write(name, text);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"list", "features"},
        std::vector<std::string>{"describe", "features", "--all-features", "--format", "json"},
        std::vector<std::string>{"metadata", "read", "a"}}) {
    EXPECT_THAT(program.Run(command), FailedWith(2, GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Projects, BadProjectTest,
    ::testing::Values(
        BadProject{"NoConfiguration", {}, "there is no metaxy.toml"},
        BadProject{
            "BrokenConfiguration", {{"metaxy.toml", "project = 'p'\n[stores\n"}}, "metaxy.toml:2:"},
        BadProject{"UnknownKey",
                   {{"metaxy.toml", "proyect = 'p'\n"}},
                   "metaxy.toml:1: unknown key 'proyect'; did you mean 'project'?"},
        BadProject{"BrokenToml",
                   {{"metaxy.toml", kToml}, {"features.toml", "[[feature]]\nkey = \n"}},
                   "features.toml:2:"},
        BadProject{"BrokenJson",
                   {{"metaxy.toml", "project = 'p'\nentrypoints = ['features.json']\n"},
                    {"features.json", "[\n {\"spec\": ]\n"}},
                   "features.json: not valid JSON at line 2, column 11"},
        BadProject{"MissingFile", {{"metaxy.toml", kToml}}, "features.toml"},
        BadProject{"MissingIdColumns",
                   {{"metaxy.toml", kToml}, {"features.toml", "[[feature]]\nkey = 'a'\n"}},
                   "id_columns"},
        BadProject{"BadKey",
                   {{"metaxy.toml", kToml},
                    {"features.toml", "[[feature]]\nkey = 'A/b'\nid_columns = ['id']\n"}},
                   "features.toml:"},
        BadProject{"Duplicate",
                   {{"metaxy.toml", kToml},
                    {"features.toml",
                     "[[feature]]\nkey = 'a'\nid_columns = ['id']\n[[feature]]\nkey = "
                     "'a'\nid_columns = ['id']\n"}},
                   "features.toml:4"},
        BadProject{
            "MissingDependency",
            {{"metaxy.toml", kToml},
             {"features.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\ndeps = ['b']\n"}},
            "'b'"},
        BadProject{"Circle",
                   {{"metaxy.toml", kToml},
                    {"features.toml",
                     "[[feature]]\nkey = 'a'\nid_columns = ['id']\ndeps = ['b']\n"
                     "[[feature]]\nkey = 'b'\nid_columns = ['id']\ndeps = ['a']\n"}},
                   "cycle"},
        BadProject{"BrokenLock",
                   {{"metaxy.toml", "project = 'p'\n"}, {"metaxy.lock", "x"}},
                   "regenerate it with `metaxy lock`"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace metaxy::testing
