// What holds for every command: examples, help, names of options, exit codes, the version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "cli/commands/commands.h"
#include "cli/exit_codes.h"
#include "cli/help_topics.h"
#include "cli/parser.h"
#include "cli/store_text.h"
#include "cli/version_text.h"
#include "filter/filter_parser.h"
#include "program.h"
#include "test_paths.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// The words of a line of a shell, without variables or substitutions.
std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (const char c : line + " ") {
    if (quote == 0 && c == ' ') {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else if (quote == c) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      word += c;
    }
  }
  return words;
}

cli::ParsedCommand Parse(std::vector<std::string> words) {
  static const std::vector<cli::CommandSpec> kCommands = cli::AllCommands();
  return cli::ParseCommandLine(kCommands, std::move(words),
                               [](const char*) -> const char* { return nullptr; });
}

TEST(ContractTest, EveryCommandHasExamplesThatParse) {
  for (const cli::CommandSpec& command : cli::AllCommands()) {
    EXPECT_THAT(command.details.examples, Not(IsEmpty())) << command.full_name();
    for (const cli::Example& example : command.details.examples) {
      std::string line = example.line;
      // Of `source <(metaxy ...)`, the command inside.
      if (line.rfind("source <(", 0) == 0) line = line.substr(9, line.size() - 10);
      std::vector<std::string> words = WordsOf(line);
      ASSERT_EQ(words.front(), "metaxy") << line;
      words.erase(words.begin());
      const cli::ParsedCommand parsed = Parse(words);
      EXPECT_EQ(parsed.error, "") << line;
      ASSERT_NE(parsed.command, nullptr) << line;
      EXPECT_EQ(parsed.command->full_name(), command.full_name()) << line;
      for (const char* option : {"filter", "global-filter", "stale-if"}) {
        for (const std::string& filter : parsed.arguments.Texts(option)) {
          const auto read = internal::ParseFilterIn(
              internal::FilterGrammar::kExtended, filter,
              [](const std::string&) { return std::vector<std::string>{"v1"}; });
          EXPECT_TRUE(read.ok()) << read.status();
        }
      }
    }
  }
}

TEST(ContractTest, EveryCommandHasJson) {
  for (const cli::CommandSpec& command : cli::AllCommands()) {
    if (command.full_name() == "mcp") continue;  // it speaks JSON-RPC
    EXPECT_STRNE(command.details.json, "") << command.full_name();
    std::vector<std::string> choices;
    for (const cli::OptionSpec& option : command.options) {
      if (cli::OptionKey(option.name) == "format") choices = option.choices;
    }
    EXPECT_THAT(choices, ::testing::Contains("json")) << command.full_name();
  }
}

// A concept has one name; other names are hidden, and work.
TEST(ContractTest, NamesOfOptionsAreTheSameEverywhere) {
  const std::set<std::string> retired = {"allow-fallback-stores", "snapshot-id", "target-filter",
                                         "log"};
  std::map<std::string, std::set<std::string>> helps;
  for (const cli::CommandSpec& command : cli::AllCommands()) {
    for (const cli::OptionSpec& option : command.options) {
      const std::string key = cli::OptionKey(option.name);
      EXPECT_EQ(retired.count(key), 0U) << command.full_name() << " --" << key;
      if (key == "store" || key == "fallback" || key == "memory-limit" || key == "at")
        helps[key].insert(option.help);
    }
  }
  for (const auto& [key, texts] : helps) EXPECT_EQ(texts.size(), 1U) << key;
}

TEST(ContractTest, HiddenNamesWork) {
  const auto flag = [](std::vector<std::string> words, const char* key) {
    const cli::ParsedCommand parsed = Parse(std::move(words));
    EXPECT_EQ(parsed.error, "");
    return parsed.arguments.Text(key).value_or("");
  };
  EXPECT_EQ(flag({"metadata", "status", "a", "--no-allow-fallback-stores"}, "fallback"), "false");
  EXPECT_EQ(flag({"metadata", "status", "a", "--allow-fallback-stores"}, "fallback"), "true");
  EXPECT_EQ(flag({"metadata", "status", "a", "--snapshot-id", "x"}, "snapshot"), "x");
  EXPECT_EQ(flag({"metadata", "resolve", "a", "--target-filter", "n > 1"}, "filter"), "n > 1");
  EXPECT_TRUE(Parse({"--log", "push"}).globals.log);
  EXPECT_TRUE(Parse({"push", "-v"}).globals.log);
  const std::string help = Parse({"metadata", "status", "--help"}).text;
  EXPECT_THAT(help, AllOf(HasSubstr("--fallback,--no-fallback "), HasSubstr("--snapshot VERSION")));
  for (const char* hidden : {"allow-fallback", "snapshot-id", "--log"})
    EXPECT_THAT(help, Not(HasSubstr(hidden)));
}

TEST(ContractTest, HiddenNamesHaveVariables) {
  Program program;
  program.Write("metaxy.toml", "project = 'p'\n");
  program.SetVariable("METAXY_METADATA_STATUS_ALLOW_FALLBACK_STORES", "perhaps");
  EXPECT_THAT(program.Run({"metadata", "status", "a"}),
              FailedWith(2, "the variable for --fallback must be true or false, not 'perhaps'"));
}

TEST(ContractTest, HelpShowsExamplesAndTopics) {
  Program program;
  EXPECT_THAT(program.Run({"metadata", "write", "--help"}).out,
              HasSubstr("Examples:\n  metaxy metadata write example/video --from videos.jsonl\n"));
  const std::string help = program.Run({"--help"}).out;
  for (const cli::HelpTopic& topic : cli::HelpTopics()) {
    EXPECT_THAT(help, HasSubstr(std::string("metaxy help ") + topic.name));
    EXPECT_THAT(program.Run({"help", topic.name}), Printed(*cli::TopicText(topic.name)));
  }
  EXPECT_EQ(program.Run({"help"}).out, help);
  EXPECT_EQ(program.Run({"help", "metadata", "write"}).out,
            program.Run({"metadata", "write", "--help"}).out);
  EXPECT_EQ(program.Run({"help", "metadata"}).out, program.Run({"metadata", "--help"}).out);
  EXPECT_EQ(program.Run({"--color", "never", "help", "help"}).out,
            program.Run({"help", "--help"}).out);
  EXPECT_THAT(program.Run({"help", "filter"}),
              FailedWith(2, "there is no help on 'filter'; did you mean 'filters'?"));
  EXPECT_THAT(program.Run({"help", "no", "such"}), FailedWith(2, "`metaxy --help` lists"));
}

// Every kind of filter that help names can be read, and what definitions may have is what the
// reference reads.
TEST(ContractTest, FiltersOfHelpCanBeRead) {
  for (const cli::FilterInfo& filter : cli::FilterTable()) {
    const auto lines = [](const std::string&) { return std::vector<std::string>{"v1"}; };
    const auto all =
        internal::ParseFilterIn(internal::FilterGrammar::kExtended, filter.example, lines);
    EXPECT_TRUE(all.ok()) << all.status();
    const auto reference =
        internal::ParseFilterIn(internal::FilterGrammar::kReference, filter.example);
    const bool is_path = std::string(filter.example).find("'X100'") != std::string::npos ||
                         std::string(filter.example).find(".audio") != std::string::npos;
    // A path is read by the reference, as a column with a dot in its name.
    EXPECT_EQ(reference.ok(), filter.in_definitions || is_path) << filter.example;
  }
}

TEST(ContractTest, EveryErrorHasACauseAndARemedy) {
  std::set<int> numbers;
  for (const cli::ErrorInfo& error : cli::ErrorTable()) {
    numbers.insert(static_cast<int>(error.code));
    EXPECT_STRNE(error.cause, "");
    EXPECT_STRNE(error.remedy, "");
    EXPECT_EQ(cli::ExitCodeOf(MakeError(error.code, "x")), error.exit_code);
  }
  // The enumerators of the header.
  std::ifstream file(SourceDir() + "/include/metaxy/errors.h");
  const std::string header{std::istreambuf_iterator<char>(file), {}};
  std::set<int> declared;
  static const std::regex kEnumerator(R"(\n\s+k\w+ =\s+(\d+),)");
  for (std::sregex_iterator it(header.begin(), header.end(), kEnumerator), end; it != end; ++it)
    declared.insert(std::stoi((*it)[1]));
  EXPECT_GT(declared.size(), 25U);
  EXPECT_EQ(numbers, declared);
}

// Codes that commands give by themselves are strings in the sources.
TEST(ContractTest, EveryCodeOfTheProgramIsDocumented) {
  std::set<std::string> used = {"INVALID_COMMAND_LINE", "INTERRUPTED"};  // of app.cc
  static const std::regex kRefuse(R"re(Refuse\(\s*[^,"]+,\s*"([A-Z_]+)")re");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(SourceDir() + "/src/cli/commands")) {
    std::ifstream file(entry.path());
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator it(source.begin(), source.end(), kRefuse), end; it != end; ++it)
      used.insert((*it)[1]);
  }
  std::set<std::string> documented;
  for (const cli::RefusalInfo& refusal : cli::RefusalTable()) documented.insert(refusal.code);
  EXPECT_EQ(documented, used);
}

TEST(ContractTest, StoresAreShownByNameAndPlace) {
  EXPECT_EQ(cli::StoreText("dev", "LanceDBMetadataStore(path=metadata)"), "dev (metadata/)");
  EXPECT_EQ(cli::StoreText("dev", "LanceDBMetadataStore(path=/srv/a (1)/)"), "dev (/srv/a (1)/)");
  EXPECT_EQ(cli::StoreText("prod", "LanceDBMetadataStore(path=s3://b/x)"), "prod (s3://b/x)");
  EXPECT_EQ(cli::StoreText("dev", "LanceDBMetadataStore(path=m) at snapshot 'v1'"),
            "dev (m/ at snapshot 'v1')");
  EXPECT_EQ(cli::StoreText("memory", "MemoryMetadataStore"), "memory (MemoryMetadataStore)");
}

TEST(ContractTest, VersionSaysWhatTheProgramIsBuiltWith) {
  Program program;
  const Finished plain = program.Run({"--version"});
  EXPECT_EQ(plain.code, 0);
  EXPECT_THAT(plain.out, StartsWith("metaxy " + std::string(METAXY_VERSION) + "\n"));
  for (const char* line : {"\ncommit ", "\ncompiler ", "\narrow ", "\nlancedb ",
                           "\npython package  compatible with metaxy 0.1.11\n"}) {
    EXPECT_THAT(plain.out, HasSubstr(line));
  }
  EXPECT_EQ(program.Run({"-V"}).out, plain.out);
  const Finished json = program.Run({"--version", "--format", "json"});
  const auto read = Json::Parse(json.out);
  ASSERT_TRUE(read.ok()) << json.out;
  EXPECT_EQ(read->Find("version")->as_string(), METAXY_VERSION);
  EXPECT_EQ(read->Find("json_shapes")->as_integer().digits, "1");
  // The release that the oracle runs.
  std::ifstream file(SourceDir() + "/tools/requirements-oracle.txt");
  const std::string requirements{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(requirements,
              HasSubstr(std::string("metaxy[lancedb]==") + cli::kReferenceRelease + "\n"));
  EXPECT_EQ(read->Find("python_package")->as_string(), cli::kReferenceRelease);
}

}  // namespace
}  // namespace metaxy::testing
