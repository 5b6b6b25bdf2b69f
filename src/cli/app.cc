#include "cli/app.h"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

#include "cli/command.h"
#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/dotenv.h"
#include "cli/manual.h"
#include "cli/parser.h"

namespace metaxy::cli {

namespace {

// `--tags.name value`, as the reference takes it, becomes `--tags name=value`.
std::vector<std::string> RewriteTags(std::vector<std::string> arguments) {
  std::vector<std::string> result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string& argument = arguments[i];
    const bool is_short = argument.rfind("-t.", 0) == 0;
    if (argument.rfind("--tags.", 0) != 0 && !is_short) {
      result.push_back(std::move(argument));
      continue;
    }
    std::string tag = argument.substr(argument.find('.') + 1);
    if (tag.find('=') == std::string::npos && i + 1 < arguments.size()) tag += "=" + arguments[++i];
    result.push_back("--tags");
    result.push_back(std::move(tag));
  }
  return result;
}

// Names of features and stores for completions. A project that cannot be loaded has none; to
// complain in the middle of a command line would help nobody.
NameSources NamesOfProject() {
  return {.features =
              [] {
                std::vector<std::string> keys;
                arrow::Result<std::shared_ptr<Project>> project = Project::Load();
                if (!project.ok()) return keys;
                for (const FeatureKey& key : (*project)->graph()->ListFeatures())
                  keys.push_back(key.ToString());
                return keys;
              },
          .stores =
              [] {
                std::vector<std::string> names;
                arrow::Result<MetaxyConfig> config = MetaxyConfig::Load();
                if (!config.ok()) return names;
                for (const StoreConfig& store : config->stores) names.push_back(store.name);
                return names;
              }};
}

int Run(std::vector<std::string> arguments, Output* output) {
  LoadDotenv(".env", [output](const std::string& warning) { output->Warn(warning); });
  std::vector<CommandSpec> commands = AllCommands();
  if (!arguments.empty() && arguments[0] == "__complete") {
    arguments.erase(arguments.begin());
    output->Print(ToLines(Complete(commands, arguments, NamesOfProject())));
    return kDone;
  }
  if (arguments.size() == 1 && arguments[0] == "__manual") {
    output->Print(ManualPage(commands));
    return kDone;
  }
  ParsedCommand parsed = ParseCommandLine(commands, RewriteTags(std::move(arguments)),
                                          [](const char* name) { return std::getenv(name); });
  if (!parsed.error.empty()) {
    output->Error(parsed.error);
    return kUserError;
  }
  if (parsed.command == nullptr) {
    output->Print(parsed.text);
    return kDone;
  }
  Context context(std::move(parsed.globals), output);
  arrow::Result<int> result = parsed.command->run(context, parsed.arguments);
  if (result.ok()) return *result;
  output->Error(result.status().message());
  return ExitCodeOf(result.status());
}

}  // namespace

int RunProgram(std::vector<std::string> arguments, Output* output) {
  int code = kStoreError;
  try {
    code = Run(std::move(arguments), output);
  } catch (const std::bad_alloc&) {
    output->Error("out of memory");
  } catch (const std::exception& error) {
    output->Error(std::string("an unexpected failure, which is a defect of metaxy: ") +
                  error.what());
  }
  if (!output->Flush() && code == kDone) {
    output->Error("standard output could not be written completely");
    code = kStoreError;
  }
  return code;
}

}  // namespace metaxy::cli
