// Shell completions and the manual page, which are generated from the table of commands.
#include "cli/completion.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/commands/commands.h"
#include "cli/manual.h"
#include "cli/parser.h"
#include "program.h"
#include "test_paths.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

using Names = cli::NameSources::Names;

std::vector<std::string> Offered(const std::vector<std::string>& words, bool* files = nullptr,
                                 bool* directories = nullptr) {
  const cli::NameSources names{
      .features = [] { return Names{"video/raw", "video/crop", "text"}; },
      .stores = [] { return Names{"dev", "prod"}; },
      .projects = [] { return Names{"films", "music"}; },
      .snapshots = [](const std::string& store) { return Names{"snapshot@" + store}; },
      .feature_versions = [](const std::string& feature,
                             const std::string& store) { return Names{feature + "@" + store}; },
      .columns = [](const std::string& feature,
                    const std::string&) { return Names{"id", "size", "of-" + feature}; }};
  const cli::Completion completion = cli::Complete(cli::AllCommands(), words, names);
  if (directories != nullptr) *directories = completion.directories;
  std::vector<std::string> texts;
  for (const cli::Candidate& candidate : completion.candidates) texts.push_back(candidate.text);
  if (files != nullptr) *files = completion.files;
  return texts;
}

TEST(CompletionTest, OffersCommands) {
  EXPECT_THAT(Offered({""}), IsSupersetOf({"metadata", "list", "push", "init"}));
  EXPECT_THAT(Offered({"meta"}), ElementsAre("metadata"));
  EXPECT_THAT(Offered({"list", ""}), ElementsAre("features", "stores"));
  EXPECT_THAT(Offered({"--project", "p", "list", "st"}), ElementsAre("stores"));
  EXPECT_THAT(Offered({"no-such", ""}), IsEmpty());
}

TEST(CompletionTest, OffersOptions) {
  EXPECT_THAT(Offered({"list", "features", "--"}),
              AllOf(IsSupersetOf({"--verbose", "--format", "--project", "--help"}),
                    Not(Contains("--no-verbose"))));
  EXPECT_THAT(Offered({"list", "features", "--verbose", "--v"}), IsEmpty());
  EXPECT_THAT(Offered({"metadata", "read", "a", "--no-f"}), ElementsAre("--no-fallback"));
  EXPECT_THAT(Offered({"metadata", "read", "--filter", "x", "--filt"}), ElementsAre("--filter"));
}

TEST(CompletionTest, OffersValues) {
  bool files = false;
  EXPECT_THAT(Offered({"list", "features", "--format", ""}), ElementsAre("plain", "json"));
  EXPECT_THAT(Offered({"list", "features", "--format=j"}), ElementsAre("--format=json"));
  EXPECT_THAT(Offered({"metadata", "read", "vid"}), ElementsAre("video/raw", "video/crop"));
  EXPECT_THAT(Offered({"metadata", "read", "text", ""}), IsEmpty());
  EXPECT_THAT(Offered({"describe", "features", "text", "video/c"}), ElementsAre("video/crop"));
  EXPECT_THAT(Offered({"graph", "render", "--feature", "t"}), ElementsAre("text"));
  EXPECT_THAT(Offered({"push", "--store", ""}), ElementsAre("dev", "prod"));
  EXPECT_THAT(Offered({"metadata", "copy", "--from", "p"}, &files), ElementsAre("prod"));
  EXPECT_FALSE(files);
  EXPECT_THAT(Offered({"metadata", "write", "a", "--from", ""}, &files), IsEmpty());
  EXPECT_TRUE(files);
  EXPECT_THAT(Offered({"completions", ""}), ElementsAre("bash", "zsh", "fish"));
}

struct Offer {
  std::vector<std::string> words;
  std::vector<std::string> offered;
  bool files = false;
  bool directories = false;
};

// The candidates for each kind of value, wherever it occurs.
TEST(CompletionTest, OffersWhatAnOptionTakes) {
  for (const Offer& offer : std::vector<Offer>{
           {{"metadata", "rebase", "text", "--from", ""}, {"text@"}},
           {{"metadata", "rebase", "text", "--store", "prod", "--to", ""}, {"text@prod"}},
           {{"metadata", "rebase", "text", "--store=prod", "--to="}, {"--to=text@prod"}},
           {{"metadata", "read", "text", "--feature-version", ""}, {"text@"}},
           {{"metadata", "migrate", "text", "--to", ""}, {"map", "struct"}},
           {{"metadata", "copy", "text", "--to", ""}, {"dev", "prod"}},
           {{"metadata", "status", "--snapshot", ""}, {"snapshot@"}},
           {{"doctor", ""}, {"dev", "prod"}},
           {{"describe", "graph", "--snapshot", ""}, {"snapshot@"}},
           {{"graph", "render", "--store", "dev", "--snapshot", ""}, {"snapshot@dev"}},
           {{"graph-diff", "render", ""}, {"latest", "current", "snapshot@"}},
           {{"graph-diff", "render", "latest", "c"}, {"current"}},
           {{"metadata", "read", "text", "--columns", ""}, {"id", "size", "of-text"}},
           {{"metadata", "read", "text", "--columns", "id,s"}, {"id,size"}},
           {{"metadata", "read", "text", "--sort", "id,-s"}, {"id,-size"}},
           {{"--project", ""}, {"films", "music"}},
           {{"metadata", "write", "text", "--from", ""}, {}, true},
           {{"metadata", "read", "text", "--to", ""}, {}, true},
           {{"metadata", "resolve", "text", "--samples", ""}, {}, true},
           {{"metadata", "resolve", "text", "--to", ""}, {}, false, true},
           {{"lock", "--output", ""}, {}, true},
           {{"--config-file", ""}, {}, true},
           {{"init", ""}, {}, false, true},
           {{"init", "--name", ""}, {}},
           {{"metadata", "read", "text", "--filter", ""}, {}},
       }) {
    SCOPED_TRACE(::testing::PrintToString(offer.words));
    bool files = false;
    bool directories = false;
    EXPECT_EQ(Offered(offer.words, &files, &directories), offer.offered);
    EXPECT_EQ(files, offer.files);
    EXPECT_EQ(directories, offer.directories);
  }
}

TEST(CompletionTest, TheProgramAnswersShells) {
  Program program;
  EXPECT_THAT(program.Run({"__complete", "metadata", "rea"}),
              Printed("read\tShow the rows of a feature, or save them to a file\n"));
  EXPECT_THAT(program.Run({"__complete", "metadata", "read", ""}), Printed(""));
  program.Write("metaxy.toml",
                "project = 'p'\nentrypoints = ['f.toml']\n[stores.dev]\ntype = 'x.Y'\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a/b'\nid_columns = ['id']\n");
  EXPECT_THAT(program.Run({"__complete", "metadata", "read", ""}), Printed("a/b\n"));
  EXPECT_THAT(program.Run({"__complete", "push", "--store", "d"}), Printed("dev\n"));
  program.Write("f.toml", "[[feature\n");
  EXPECT_THAT(program.Run({"__complete", "metadata", "read", ""}), Printed(""));
}

std::string ShellOutput(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  char buffer[256];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  pclose(pipe);
  return text;
}

// Runs the function as bash does when TAB is pressed at the end of `line`.
std::string CompletedByBash(const std::string& line) {
  Program program;
  program.Write("complete.sh", cli::CompletionScript("bash") +
                                   "COMP_LINE=\"$1\"; COMP_POINT=${#1}; COMP_WORDS=(\"$2\")\n"
                                   "_metaxy; printf '%s\\n' \"${COMPREPLY[@]}\"\n");
  return ShellOutput("bash '" + program.path("complete.sh").string() + "' '" + line + "' '" +
                     ProgramPath() + "'");
}

TEST(CompletionTest, WorksInBash) {
  EXPECT_EQ(CompletedByBash("metaxy meta"), "metadata\n");
  EXPECT_EQ(CompletedByBash("metaxy list "), "features\nstores\n");
  EXPECT_EQ(CompletedByBash("metaxy list features --format j"), "json\n");
  EXPECT_EQ(CompletedByBash("metaxy list features --format=j"), "json\n");
}

bool IsInstalled(const std::string& program) {
  return !ShellOutput("command -v " + program).empty();
}

class ShellTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ShellTest, AcceptsItsScript) {
  const std::string shell = GetParam();
  Program program;
  const Finished script = program.Run({"completions", shell});
  EXPECT_EQ(script.code, 0);
  EXPECT_THAT(script.out, HasSubstr("__complete"));
  if (!IsInstalled(shell)) GTEST_SKIP() << shell << " was not found; tools/setup.sh installs it";
  program.Write("script", script.out);
  program.Write("wrong", script.out + "\nif ((\n");
  const auto complaints = [&](const std::string& name) {
    return ShellOutput(shell + " -n '" + program.path(name).string() + "' 2>&1");
  };
  EXPECT_EQ(complaints("script"), "");
  EXPECT_NE(complaints("wrong"), "") << shell << " accepts anything";
}

INSTANTIATE_TEST_SUITE_P(All, ShellTest, ::testing::Values("bash", "zsh", "fish"),
                         [](const auto& test) { return std::string(test.param); });

TEST(CompletionTest, OtherShellsAreRefused) {
  Program program;
  EXPECT_THAT(program.Run({"completions"}), FailedWith(2, "SHELL is missing"));
  EXPECT_THAT(program.Run({"completions", "tcsh"}),
              FailedWith(2, "must be one of bash, zsh, fish"));
}

std::string InRoff(std::string text) {
  for (size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

// What stands before the first command, and about each of them.
std::vector<std::string> SectionsOf(const std::string& page) {
  std::vector<std::string> sections;
  for (size_t at = 0; at != std::string::npos;) {
    const size_t next = page.find(".SS ", at);
    sections.push_back(page.substr(at, next == std::string::npos ? next : next - at));
    at = next == std::string::npos ? next : next + 4;
  }
  return sections;
}

void ExpectOptions(const std::vector<cli::OptionSpec>& options, const std::string& section) {
  for (const cli::OptionSpec& option : options) {
    EXPECT_THAT(section, HasSubstr(InRoff(option.help)));
    const std::vector<std::string> names = cli::NamesOf(option);
    if (names.empty()) {
      EXPECT_THAT(section, HasSubstr(std::string("\\fI") + option.name + "\\fR"));
    }
    for (const std::string& name : names) {
      if (name == cli::ImpliedNegative(option)) continue;
      EXPECT_THAT(section, HasSubstr("\\fB" + InRoff(name) + "\\fR"));
    }
  }
}

TEST(ManualTest, HasEveryCommandAndOption) {
  const std::string page = cli::ManualPage(cli::AllCommands());
  EXPECT_THAT(page, ::testing::StartsWith(".TH METAXY 1 "));
  const std::vector<std::string> sections = SectionsOf(page);
  const std::vector<cli::CommandSpec> commands = cli::AllCommands();
  ASSERT_EQ(sections.size(), commands.size() + 1);
  ExpectOptions(cli::GlobalOptionSpecs(), sections[0]);
  for (size_t i = 0; i + 1 < sections.size(); ++i) {
    const cli::CommandSpec& command = commands[i];
    SCOPED_TRACE(command.name);
    const std::string group = command.group != nullptr ? std::string(command.group) + " " : "";
    EXPECT_THAT(sections[i + 1], ::testing::StartsWith("\"metaxy " + InRoff(group + command.name)));
    EXPECT_THAT(sections[i + 1], HasSubstr("\n" + InRoff(command.summary) + ".\n"));
    ExpectOptions(command.options, sections[i + 1]);
  }
  EXPECT_THAT(page, HasSubstr(".SS \"metaxy metadata rebase FEATURE \\-\\-from VERSION\"\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-f\\fR, \\fB\\-\\-format\\fR \\fIplain|json\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-fallback\\fR, \\fB\\-\\-no\\-fallback\\fR\n"));
  EXPECT_THAT(page, Not(HasSubstr("\\-\\-no\\-verbose")));
  EXPECT_THAT(Program().Run({"__manual"}), Printed(page));
}

TEST(ManualTest, CanBeRead) {
  if (!IsInstalled("groff"))
    GTEST_SKIP() << "groff was not found; tools/setup.sh tests installs it";
  const std::string page = cli::ManualPage(cli::AllCommands());
  Program program;
  program.Write("metaxy.1", page);
  program.Write("wrong.1", page + ".no-such-request\n");
  const auto complaints = [&](const std::string& name) {
    return ShellOutput("groff -man -Tutf8 -ww -z '" + program.path(name).string() + "' 2>&1");
  };
  EXPECT_EQ(complaints("metaxy.1"), "");
  EXPECT_NE(complaints("wrong.1"), "") << "groff accepts anything";
}

}  // namespace
}  // namespace metaxy::testing
