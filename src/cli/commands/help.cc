// metaxy help
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/help_topics.h"
#include "cli/parser.h"

namespace metaxy::cli {

namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> TopicNames() {
  std::vector<std::string> names;
  for (const HelpTopic& topic : HelpTopics()) names.emplace_back(topic.name);
  return names;
}

// Whether it is a command, a group of commands, or nothing, which is the whole program.
bool IsCommand(const std::vector<CommandSpec>& commands, const std::string& name) {
  return name.empty() ||
         std::any_of(commands.begin(), commands.end(), [&](const CommandSpec& command) {
           return name == command.full_name() ||
                  (command.group != nullptr && name == command.group);
         });
}

// Of a topic, or of a command as its --help.
arrow::Result<std::string> HelpOn(std::vector<std::string> words) {
  const std::string name = Joined(words);
  if (auto text = TopicText(name)) return *std::move(text);
  const std::vector<CommandSpec> commands = AllCommands();
  if (IsCommand(commands, name)) {
    words.emplace_back("--help");
    return ParseCommandLine(commands, std::move(words),
                            [](const char* variable) { return std::getenv(variable); })
        .text;
  }
  std::string hint = DidYouMean(name, TopicNames());
  if (hint.empty()) {
    hint = "; `metaxy --help` lists the commands, and there are the topics";
    for (const std::string& topic : TopicNames())
      hint += (topic == TopicNames().front() ? " " : ", ") + topic;
  }
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("there is no help on {}{}", Quote(name), hint));
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::vector<std::string> words = arguments.Texts("TOPIC");
  ARROW_ASSIGN_OR_RAISE(std::string text, HelpOn(words));
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{{"topic", Joined(words)}, {"text", std::move(text)}});
  } else {
    context.output().Print(text);
  }
  return kDone;
}

}  // namespace

CommandSpec HelpCommand() {
  return {nullptr,
          "help",
          nullptr,
          "Show the help of a command, or on a topic: filters, exit-codes, environment, formats",
          {{.name = "TOPIC",
            .kind = OptionSpec::Kind::kTexts,
            .help = "a topic, or a command such as `metadata read`",
            .choices = TopicNames()},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
