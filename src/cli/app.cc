#include "cli/app.h"

#include <arrow/util/thread_pool.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory_budget.h"
#include "base/processors.h"
#include "cli/command.h"
#include "cli/commands/commands.h"
#include "cli/completion.h"
#include "cli/context.h"
#include "cli/dotenv.h"
#include "cli/manual.h"
#include "cli/parser.h"
#include "cli/project_names.h"
#include "cli/reference.h"
#include "cli/signals.h"
#include "cli/version_text.h"

namespace metaxy::cli {

namespace {

// `--tags.name value`, as the reference accepts it, becomes `--tags name=value`.
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

// Prints the error as an object, unless a result has already begun: half of one followed by an
// error would not be valid JSON.
void PrintJsonError(Output* output, const std::string& code, const std::string& message) {
  if (output->has_printed()) return;
  output->PrintLine(
      Json(Json::Object{{"error", code}, {"message", OneLine(message)}}).DumpPython());
}

// Failures that the reference also reports only as text with `--format json`, so that its users do
// not expect them on standard output.
bool IsTextAlone(const CommandSpec& command, const arrow::Status& failure) {
  struct Rule {
    const char* group;
    const char* name;
    std::optional<ErrorCode> code;  // any if absent
  };
  constexpr std::array kRules = {
      Rule{"graph-diff", "render", std::nullopt},
      Rule{"list", "features", ErrorCode::kVersionMismatch},
      Rule{"list", "features", ErrorCode::kMissingFeatureDependency},
      Rule{"describe", "features", ErrorCode::kVersionMismatch},
      Rule{"describe", "features", ErrorCode::kMissingFeatureDependency},
      Rule{"metadata", "status", ErrorCode::kVersionMismatch},
      Rule{"metadata", "status", ErrorCode::kMissingFeatureDependency},
      Rule{"metadata", "status", ErrorCode::kFilterParse},
  };
  const std::string_view group = command.group != nullptr ? command.group : "";
  return std::any_of(kRules.begin(), kRules.end(), [&](const Rule& rule) {
    return group == rule.group && std::string_view(command.name) == rule.name &&
           (!rule.code || IsError(failure, *rule.code));
  });
}

// From here on speed counts for more than what allocators keep for later.
constexpr int64_t kAmpleMemory = int64_t{4} << 30;

// Allocators keep what was given back, for each thread: under a small limit about as much again as
// is in use.
void ReturnMemoryAtOnce() {
  constexpr int kArenas = 2;
  constexpr int kTrimBytes = 128 << 10;
  constexpr int kMapBytes = 256 << 10;
  static_cast<void>(mallopt(M_ARENA_MAX, kArenas));
  static_cast<void>(mallopt(M_TRIM_THRESHOLD, kTrimBytes));
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kMapBytes));
  // Arrow reads it at its first allocation.
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", /*overwrite=*/0);
}

// What libraries below decide for the whole process, before they are used.
void UseMachineFairly(std::optional<int64_t> memory_limit) {
  // As many threads as there is a quota for; a failure leaves as many as there are processors.
  static_cast<void>(arrow::SetCpuThreadPoolCapacity(internal::Processors()));
  // Scans that Lance does by itself, such as those of a deletion, know no other limit.
  const internal::MemoryBudget memory =
      memory_limit ? internal::MemoryBudget(*memory_limit) : internal::MemoryBudget();
  setenv("LANCE_DEFAULT_IO_BUFFER_SIZE", std::to_string(memory.read_ahead()).c_str(),
         /*overwrite=*/0);
  if (memory.limit() < kAmpleMemory) ReturnMemoryAtOnce();
}

// A page of docs/reference, which a test compares with the files.
int PrintReference(const std::string& page, const std::vector<CommandSpec>& commands,
                   Output* output) {
  const std::optional<std::string> text = ReferencePage(page, commands);
  if (!text) {
    output->Error("there is no reference page '" + page + "'");
    return kUserError;
  }
  output->Print(*text);
  return kDone;
}

// Whether plain text is printed, as opposed to JSON, or to rows for a file.
bool IsForReading(const Arguments& arguments) {
  const std::string format = arguments.Text("format").value_or("plain");
  return format == "plain" || format == "terminal" || format == "toml";
}

int Run(std::vector<std::string> arguments, Output* output, std::string_view build_commit) {
  LoadDotenv(".env", [output](const std::string& warning) { output->Warn(warning); });
  std::vector<CommandSpec> commands = AllCommands();
  output->Configure({.color = ColorModeOf(arguments)});
  if (!arguments.empty() && arguments[0] == "__complete") {
    arguments.erase(arguments.begin());
    output->Print(ToLines(Complete(commands, arguments, ProjectNames())));
    return kDone;
  }
  if (arguments.size() == 1 && arguments[0] == "__manual") {
    output->Print(ManualPage(commands));
    return kDone;
  }
  if (arguments.size() == 2 && arguments[0] == "__reference")
    return PrintReference(arguments[1], commands, output);
  ParsedCommand parsed = ParseCommandLine(commands, RewriteTags(std::move(arguments)),
                                          [](const char* name) { return std::getenv(name); });
  if (!parsed.error.empty()) {
    if (parsed.json) PrintJsonError(output, "INVALID_COMMAND_LINE", parsed.error);
    output->Error(parsed.error);
    return kUserError;
  }
  if (parsed.version) {
    if (parsed.json) {
      output->PrintJson(VersionJson(build_commit));
    } else {
      output->Print(VersionText(build_commit));
    }
    return kDone;
  }
  output->Configure(parsed.globals.output);
  if (parsed.command == nullptr) {
    output->AllowPager();
    output->Print(parsed.text);
    return kDone;
  }
  if (parsed.command->details.is_paged && IsForReading(parsed.arguments)) output->AllowPager();
  Context context(std::move(parsed.globals), output);
  UseMachineFairly(parsed.arguments.Size("memory-limit"));
  if (const auto limit = parsed.arguments.Size("memory-limit")) context.LimitMemory(*limit);
  const arrow::Result<int> result = parsed.command->run(context, parsed.arguments);
  if (result.ok() && *result == kDone) return kDone;
  if (const int signal_number = ReceivedSignal(); signal_number != 0) {
    const std::string text = context.InterruptedText();
    if (parsed.json) PrintJsonError(output, "INTERRUPTED", text);
    output->Error(text);
    return 128 + signal_number;
  }
  if (result.ok()) return *result;
  const arrow::Status& failure = result.status();
  if (parsed.json && !IsTextAlone(*parsed.command, failure))
    PrintJsonError(output, JsonErrorCode(GetErrorCode(failure)), failure.message());
  output->Error(failure.message());
  return ExitCodeOf(failure);
}

}  // namespace

int RunProgram(std::vector<std::string> arguments, Output* output, std::string_view build_commit) {
  int code = kStoreError;
  try {
    code = Run(std::move(arguments), output, build_commit);
  } catch (const std::bad_alloc&) {
    output->Error("out of memory");
  } catch (const std::exception& error) {
    output->Error(std::string("an unexpected failure, which is a bug in metaxy: ") + error.what());
  }
  if (!output->Flush() && code == kDone) {
    output->Error("standard output could not be written completely");
    code = kStoreError;
  }
  return code;
}

}  // namespace metaxy::cli
