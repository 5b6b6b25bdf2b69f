#include "cli/manual.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/exit_codes.h"
#include "cli/help_topics.h"
#include "cli/parser.h"
#include "metaxy/version.h"

namespace metaxy::cli {

namespace {

using Kind = OptionSpec::Kind;

// Hyphens that can be copied, and nothing that roff interprets as a request.
std::string Roff(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '-') {
      result += "\\-";
    } else if (c == '\\') {
      result += "\\e";
    } else {
      result += c;
    }
  }
  if (!result.empty() && (result[0] == '.' || result[0] == '\'')) result = "\\&" + result;
  return result;
}

std::string ValueOf(const OptionSpec& option) {
  if (option.kind != Kind::kChoice) return ValueName(option);
  std::string choices;
  for (const std::string& choice : option.choices) choices += (choices.empty() ? "" : "|") + choice;
  return choices;
}

// "-f, --format plain|json"
std::string Heading(const OptionSpec& option) {
  std::string names;
  const std::string implied = ImpliedNegative(option);
  for (const std::string& name : NamesOf(option)) {
    if (name != implied)
      names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", Roff(name));
  }
  if (names.empty()) return fmt::format("\\fI{}\\fR", Roff(option.name));
  const std::string value = ValueOf(option);
  return value.empty() ? names : fmt::format("{} \\fI{}\\fR", names, Roff(value));
}

void AppendOptions(const std::vector<OptionSpec>& options, std::string* page) {
  for (const OptionSpec& option : options) {
    std::string help = option.help;
    if (option.kind == Kind::kTexts && option.name[0] == '-') help += "; may be repeated";
    if (option.required) help += " (required)";
    *page += fmt::format(".TP\n{}\n{}\n", Heading(option), Roff(help));
  }
}

std::string Synopsis(const CommandSpec& command) {
  std::string text = command.group != nullptr ? std::string(command.group) + " " : "";
  text += command.name;
  for (const OptionSpec& option : command.options) {
    if (option.name[0] == '-' && !option.required) continue;
    const bool repeats = option.kind == Kind::kTexts && option.name[0] != '-';
    std::string item = option.name[0] == '-' ? fmt::format("{} {}", option.name, ValueOf(option))
                                             : std::string(option.name) + (repeats ? "..." : "");
    text += option.required ? " " + item : fmt::format(" [{}]", item);
  }
  return text;
}

constexpr const char* kFiles = R"(.PP
Variables are also read from the file \fI.env\fR in the working directory.
.SH FILES
.TP
\fImetaxy.toml\fR, \fIpyproject.toml\fR
the configuration, in the working directory or its nearest parent that has one
.TP
\fImetaxy.lock\fR
feature definitions of other projects
.SH EXIT STATUS
)";

void AppendExamples(const CommandSpec& command, std::string* page) {
  for (const Example& example : command.details.examples) {
    *page += fmt::format(".PP\n{}:\n.PP\n.RS\n.nf\n{}\n.fi\n.RE\n", Roff(example.what),
                         Roff(example.line));
  }
}

std::string End() {
  std::string page = ".SH ENVIRONMENT\n";
  for (const VariableInfo& variable : VariableTable())
    page += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(variable.name), Roff(variable.meaning));
  page += kFiles;
  for (const ExitCodeInfo& code : ExitCodeTable())
    page += fmt::format(".TP\n{}\n{}\n", code.code, Roff(code.meaning));
  return page;
}

}  // namespace

std::string ManualPage(const std::vector<CommandSpec>& commands) {
  std::string page = fmt::format(
      ".TH METAXY 1 \"\" \"metaxy {}\" \"User Commands\"\n.SH NAME\nmetaxy \\- feature metadata of "
      "multimodal pipelines, in LanceDB\n.SH SYNOPSIS\n.B metaxy\n[\\fIoptions\\fR] "
      "\\fIcommand\\fR [\\fIarguments\\fR]\n.SH DESCRIPTION\nKeeps track of which samples of a "
      "pipeline have been computed, from which inputs, and by which version of the code, and "
      "reports which ones are new, stale or orphaned.\n.SH OPTIONS\nThese can be given before or "
      "after any command.\n",
      Version());
  AppendOptions(GlobalOptionSpecs(), &page);
  page += ".SH COMMANDS\n";
  for (const CommandSpec& command : commands) {
    page += fmt::format(".SS \"metaxy {}\"\n{}.\n", Roff(Synopsis(command)), Roff(command.summary));
    AppendOptions(command.options, &page);
    AppendExamples(command, &page);
  }
  return page + End();
}

}  // namespace metaxy::cli
