// Every command and option of the reference exists here, or docs/differences.md says why not.
#include "cli/commands/commands.h"

#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "cli/parser.h"
#include "program.h"
#include "support/golden.h"
#include "test_paths.h"

namespace metaxy::testing {
namespace {

using cli::CommandSpec;
using cli::OptionSpec;

std::string NameOf(const CommandSpec& command, const char* name) {
  return (command.group != nullptr ? std::string(command.group) + " " : "") + name;
}

const CommandSpec* FindCommand(const std::vector<CommandSpec>& commands, const std::string& name) {
  for (const CommandSpec& command : commands) {
    if (NameOf(command, command.name) == name) return &command;
    if (command.alias != nullptr && NameOf(command, command.alias) == name) return &command;
  }
  return nullptr;
}

// The option that has all of these names; `by_place` is a positional one.
const OptionSpec* FindOption(const std::vector<OptionSpec>& options, const std::string& name) {
  for (const OptionSpec& option : options) {
    std::vector<std::string> names = cli::NamesOf(option);
    for (std::string& hidden : cli::HiddenNamesOf(option)) names.push_back(std::move(hidden));
    if (std::find(names.begin(), names.end(), name) != names.end()) return &option;
  }
  return nullptr;
}

// The table of docs/differences.md: patterns of "command --option".
std::vector<std::string> DeliberateDifferences() {
  std::ifstream file(SourceDir() + "/docs/differences.md");
  std::vector<std::string> patterns;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0)
      inside = line == "## Commands and options that are not available";
    if (!inside || line.rfind("| `", 0) != 0) continue;
    patterns.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return patterns;
}

class Comparison {
 public:
  Comparison(std::vector<CommandSpec> commands, std::vector<std::string> differences)
      : commands_(std::move(commands)), differences_(std::move(differences)) {}

  void Compare(const Json& golden) {
    const std::string name = Text(golden, "command");
    const CommandSpec* command = FindCommand(commands_, name);
    if (command == nullptr && !name.empty()) {
      Missing(name);
      return;
    }
    for (const Json& option : golden.Find("options")->as_array()) {
      for (const std::string& option_name : Texts(*option.Find("names")))
        CompareOption(command, name, option_name, option);
    }
  }

  // What is neither implemented nor explained, and explanations of what is implemented.
  std::vector<std::string> Faults() const {
    std::vector<std::string> faults = faults_;
    for (const std::string& pattern : differences_) {
      if (used_.count(pattern) == 0)
        faults.push_back("docs/differences.md explains " + pattern + ", which is not a difference");
    }
    return faults;
  }

 private:
  void CompareOption(const CommandSpec* command, const std::string& command_name,
                     const std::string& name, const Json& golden) {
    const std::string place = command_name.empty() ? name : command_name + " " + name;
    const OptionSpec* option = command != nullptr ? FindOption(command->options, name) : nullptr;
    if (option == nullptr) option = FindOption(cli::GlobalOptionSpecs(), name);
    if (option == nullptr) {
      Missing(place);
      return;
    }
    for (const std::string& choice : Texts(*golden.Find("choices"))) {
      if (std::find(option->choices.begin(), option->choices.end(), choice) ==
          option->choices.end())
        Missing(place + "=" + choice);
    }
    if (option->required && !golden.Find("required")->as_bool())
      faults_.push_back(place + " is required here and not in the reference");
  }

  void Missing(const std::string& what) {
    for (const std::string& pattern : differences_) {
      if (fnmatch(pattern.c_str(), what.c_str(), 0) != 0) continue;
      used_.insert(pattern);
      return;
    }
    faults_.push_back(what + " of the reference is not here");
  }

  std::vector<CommandSpec> commands_;
  std::vector<std::string> differences_;
  std::set<std::string> used_;
  std::vector<std::string> faults_;
};

std::vector<std::string> FaultsOf(std::vector<CommandSpec> commands,
                                  std::vector<std::string> differences) {
  Comparison comparison(std::move(commands), std::move(differences));
  const std::vector<Json> goldens = Goldens("commands");
  EXPECT_GT(goldens.size(), 15u);
  for (const Json& golden : goldens) comparison.Compare(golden);
  return comparison.Faults();
}

TEST(CommandsTest, HasWhatTheReferenceHas) {
  const std::vector<std::string> differences = DeliberateDifferences();
  ASSERT_THAT(differences, ::testing::Not(::testing::IsEmpty()));
  EXPECT_THAT(FaultsOf(cli::AllCommands(), differences), ::testing::IsEmpty());
}

TEST(CommandsTest, MissingCommandsAreFound) {
  using ::testing::Contains;
  using ::testing::HasSubstr;
  const std::vector<std::string> differences = DeliberateDifferences();
  std::vector<CommandSpec> commands = cli::AllCommands();
  const auto list = std::find_if(commands.begin(), commands.end(), [](const CommandSpec& command) {
    return NameOf(command, command.name) == "list features";
  });
  ASSERT_NE(list, commands.end());
  ASSERT_NE(FindOption(list->options, "--verbose"), nullptr);
  list->options.clear();
  EXPECT_THAT(FaultsOf(commands, differences),
              Contains("list features --format of the reference is not here"));
  commands.erase(list);
  EXPECT_THAT(FaultsOf(commands, differences),
              Contains("list features of the reference is not here"));
  EXPECT_THAT(FaultsOf(cli::AllCommands(), {"no such command"}),
              Contains(HasSubstr("explains no such command, which is not a difference")));
}

TEST(CommandsTest, NamesOfOptions) {
  using Kind = OptionSpec::Kind;
  EXPECT_THAT(cli::NamesOf({"-f,--format", Kind::kText, ""}),
              ::testing::ElementsAre("-f", "--format"));
  EXPECT_THAT(cli::NamesOf({"--sync,!--no-sync", Kind::kFlag, ""}),
              ::testing::ElementsAre("--sync", "--no-sync"));
  EXPECT_THAT(cli::NamesOf({"-v,--verbose", Kind::kFlag, ""}),
              ::testing::ElementsAre("-v", "--verbose", "--no-verbose"));
  EXPECT_THAT(cli::NamesOf({"FEATURE", Kind::kText, ""}), ::testing::IsEmpty());
}

TEST(CommandsTest, FlagsCanBeTurnedOff) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
  const std::string plain = program.Run({"list", "features"}).out;
  const std::string verbose = program.Run({"list", "features", "--verbose"}).out;
  EXPECT_NE(plain, verbose);
  EXPECT_EQ(program.Run({"list", "features", "-v", "--no-verbose"}).out, plain);
  EXPECT_EQ(program.Run({"list", "features", "--no-verbose", "-v"}).out, verbose);
  // Help shows the opposite of a flag only if the flag can be on by default.
  EXPECT_THAT(program.Run({"list", "features", "--help"}).out,
              ::testing::Not(::testing::HasSubstr("--no-verbose")));
  EXPECT_THAT(program.Run({"metadata", "read", "--help"}).out,
              ::testing::HasSubstr("--fallback,--no-fallback "));
}

// A word that is the name of a command is one only where a command is expected.
TEST(CommandsTest, FeaturesMayHaveTheNamesOfCommands) {
  std::set<std::string> words;
  for (const CommandSpec& command : cli::AllCommands()) {
    words.insert(command.name);
    if (command.group != nullptr) words.insert(command.group);
  }
  std::string features;
  for (const std::string& word : words)
    features += "[[feature]]\nkey = '" + word + "'\nid_columns = ['id']\n";
  Program program;
  program.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  program.Write("f.toml", features);
  for (const std::string& word : words) {
    const Finished finished = program.Run(
        {"describe", "features", word, "--format", "json", "--config-file", "metaxy.toml"});
    ASSERT_EQ(finished.code, 0) << word << ": " << finished.err;
    const auto json = Json::Parse(finished.out);
    ASSERT_TRUE(json.ok()) << word;
    EXPECT_THAT(finished.out, ::testing::HasSubstr("\"" + word + "\"")) << word;
  }
  for (const std::string command : {"read", "status"}) {
    EXPECT_THAT(program.Run({"metadata", command, "history"}),
                FailedWith(2, "no store is configured; add [stores.dev]"))
        << command;
  }
  EXPECT_THAT(program.Run({"explain", "push"}), FailedWith(2, "no store is configured"));
}

}  // namespace
}  // namespace metaxy::testing
