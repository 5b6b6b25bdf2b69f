#include "cli/reference.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/exit_codes.h"
#include "cli/help_topics.h"
#include "cli/parser.h"
#include "cli/reference_text.h"
#include "cli/version_text.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Kind = OptionSpec::Kind;

constexpr size_t kColumns = 120;

// The length of the word at the start of `text`: up to a space outside of code spans and of the
// texts of links.
size_t WordLength(std::string_view text) {
  bool in_code = false;
  int in_link = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') in_code = !in_code;
    if (!in_code && text[i] == '[') ++in_link;
    if (!in_code && text[i] == ']') --in_link;
    if (text[i] == ' ' && !in_code && in_link <= 0) return i;
  }
  return text.size();
}

std::string OptionHeading(const OptionSpec& option) {
  std::string names;
  const std::string implied = ImpliedNegative(option);
  for (const std::string& name : NamesOf(option)) {
    if (name != implied) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", name);
  }
  if (names.empty()) names = fmt::format("`{}`", option.name);
  const std::string value = option.name[0] == '-' && option.kind != Kind::kChoice
                                ? std::string(ValueName(option))
                                : std::string();
  return value.empty() ? names : names + " " + value;
}

std::string OptionMeaning(const OptionSpec& option) {
  std::string help = option.help;
  if (option.kind == Kind::kChoice || !option.choices.empty()) {
    std::string choices;
    for (const std::string& choice : option.choices)
      choices += fmt::format("{}`{}`", choices.empty() ? "" : ", ", choice);
    help += ": " + choices;
  }
  if (option.kind == Kind::kTexts && option.name[0] == '-') help += "; may be repeated";
  if (option.required) help += " (required)";
  return TableText(help);
}

std::string OptionTable(const std::vector<OptionSpec>& options) {
  if (options.empty()) return "";
  std::string text = "| option | meaning |\n|---|---|\n";
  for (const OptionSpec& option : options)
    text += fmt::format("| {} | {} |\n", OptionHeading(option), OptionMeaning(option));
  return text + "\n";
}

std::string CommandsPage(const std::vector<CommandSpec>& commands) {
  std::string page =
      "# Commands\n\n" + std::string(kGenerated) +
      Wrapped(
          "Every command and option, as `metaxy COMMAND --help` and the manual page show them. "
          "[Command line](../command-line.md) is the guide, with a session.") +
      "\n## Options of all commands\n\n" +
      Wrapped("They may be given before or after any command.") + "\n" +
      OptionTable(GlobalOptionSpecs());
  for (const CommandSpec& command : commands) {
    page += fmt::format("## metaxy {}\n\n{}\n", command.full_name(),
                        Wrapped(std::string(command.summary) + "."));
    page += OptionTable(command.options);
    if (command.details.examples.empty()) continue;
    page += "```sh\n";
    for (const Example& example : command.details.examples)
      page += fmt::format("{}{}  # {}\n", example.line,
                          std::string(example.line).size() < 60
                              ? std::string(60 - std::string(example.line).size(), ' ')
                              : "",
                          example.what);
    page += "```\n\n";
  }
  page.pop_back();
  return page;
}

std::string JsonPage(const std::vector<CommandSpec>& commands) {
  std::string page =
      "# JSON\n\n" + std::string(kGenerated) +
      Wrapped(fmt::format(
          "With `--format json` a command prints one JSON value on standard output. These are "
          "version {} of the shapes, which `metaxy --version --format json` prints as "
          "`json_shapes`. A member that is added does not change the version, so programs have to "
          "ignore members that they do not know; one that is removed, renamed or of another type "
          "does.",
          kJsonShapes)) +
      "\n" +
      Wrapped(
          "The notation: `name?` may be absent, `T[]` is a list, `{[string]: T}` an object with "
          "any members, `A | B` one of two, `any` any value; `int` and `number` are JSON "
          "numbers.") +
      "\n" +
      Wrapped(
          "Commands that the Python package has, too, print the members that it prints; some "
          "have more.") +
      "\n## A failure\n\n" +
      Wrapped(
          "A failure is printed in the place of the result, unless a part of that has been "
          "printed; the line on standard error and the exit code are the same as without "
          "`--format json`. [The codes](errors.md).") +
      "\n```text\n{error: string, message: string, ...}\n```\n" +
      "\n## metaxy --version\n\n```text\n" +
      R"({
  version: string,
  commit: string | null,
  compiler: string,
  arrow: string,
  lancedb: string | null,
  python_package: string,
  json_shapes: int
}
```
)";
  for (const CommandSpec& command : commands) {
    page += fmt::format("\n## metaxy {}\n\n", command.full_name());
    page += command.details.json[0] == '\0'
                ? "Speaks JSON-RPC on standard input and output; it has no `--format`.\n"
                : fmt::format("```text\n{}\n```\n", command.details.json);
  }
  return page;
}

std::string ErrorsPage() {
  std::string page =
      "# Exit codes and errors\n\n" + std::string(kGenerated) +
      Wrapped(
          "An error is one line on standard error: what failed, with which value, and what to "
          "do.") +
      "\n## Exit codes\n\n| code | meaning | what to do |\n|---|---|---|\n";
  for (const ExitCodeInfo& code : ExitCodeTable())
    page += fmt::format("| {} | {} | {} |\n", code.code, code.meaning, code.remedy);
  page += "\n## Error codes\n\n" +
          Wrapped(
              "In C++ `metaxy::ErrorCode::kFeatureNotFound`, in C and in JSON "
              "`FEATURE_NOT_FOUND`. A failure of the library says by `IsRetryable` whether the "
              "same call may succeed later.") +
          "\n| code | number | exit code | cause | what to do |\n|---|---|---|---|---|\n";
  for (const ErrorInfo& error : ErrorTable()) {
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", JsonErrorCode(error.code),
                        static_cast<int>(error.code), static_cast<int>(error.exit_code),
                        error.cause, error.remedy);
  }
  page += "\n## Codes of the program\n\n" +
          Wrapped("What the command line refuses by itself has these codes in JSON.") +
          "\n| code | exit code | cause | what to do |\n|---|---|---|---|\n";
  for (const RefusalInfo& refusal : RefusalTable()) {
    page += fmt::format("| `{}` | {} | {} | {} |\n", refusal.code,
                        static_cast<int>(refusal.exit_code), refusal.cause, refusal.remedy);
  }
  return page;
}

std::string EnvironmentPage() {
  std::string page =
      "# Environment\n\n" + std::string(kGenerated) + "| variable | meaning |\n|---|---|\n";
  for (const VariableInfo& variable : VariableTable())
    page += fmt::format("| `{}` | {} |\n", variable.name, TableText(variable.meaning));
  return page + "\n" +
         Wrapped(
             "Variables are also read from the file `.env` in the working directory; those of "
             "the environment take precedence.");
}

constexpr std::array kPages = {"commands",      "json",        "errors",
                               "configuration", "environment", "system-columns"};

}  // namespace

std::string Wrapped(std::string_view text, size_t indent) {
  std::string result;
  size_t column = 0;
  while (!text.empty()) {
    const size_t length = WordLength(text);
    if (column > 0 && column + 1 + length > kColumns) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += text.substr(0, length);
    column += length;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return result + "\n";
}

std::string TableText(std::string_view text) {
  std::string result;
  bool in_code = false;
  for (const char c : text) {
    in_code = in_code != (c == '`');
    if (c == '|' || (c == '*' && !in_code)) result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::span<const char* const> ReferencePageNames() { return kPages; }

std::optional<std::string> ReferencePage(std::string_view name,
                                         const std::vector<CommandSpec>& commands) {
  if (name == "commands") return CommandsPage(commands);
  if (name == "json") return JsonPage(commands);
  if (name == "errors") return ErrorsPage();
  if (name == "configuration") return ConfigurationPage();
  if (name == "environment") return EnvironmentPage();
  if (name == "system-columns") return SystemColumnsPage();
  return std::nullopt;
}

}  // namespace metaxy::cli
