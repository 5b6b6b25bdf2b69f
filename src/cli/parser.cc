#include "cli/parser.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <map>
#include <memory>

#include "base/byte_size.h"
#include "base/nearest_name.h"
#include "base/quote.h"
#include "cli/output.h"

namespace metaxy::cli {

namespace {

using Kind = OptionSpec::Kind;

constexpr std::array kGroups = {
    CommandGroup{"describe", "Describe features and the graph in detail"},
    CommandGroup{"list", "List features and stores"},
    CommandGroup{"graph", "Draw the feature graph"},
    CommandGroup{"config", "Show the configuration"},
    CommandGroup{"graph-diff", "Compare recorded versions of the project"},
    CommandGroup{"metadata", "Write, read and resolve the metadata of features"},
    CommandGroup{"store", "Copy what a branch has made into another store"},
    CommandGroup{"snapshot", "Name exactly these rows, and compare them with others"},
    CommandGroup{"cache", "List and remove what is remembered of earlier answers"},
};

constexpr const char* kMoreHelp = R"(
Topics:
  metaxy help filters       the conditions of --filter
  metaxy help exit-codes    what a command exits with
  metaxy help environment   variables
  metaxy help formats       files that are read and written, and JSON
)";

// An option of the parsing library, and the destination of its values.
struct Slot {
  const OptionSpec* spec;
  std::vector<std::string> values = {};
  bool flag = false;
  CLI::Option* option = nullptr;
};

std::string Usage(const OptionSpec& spec) {
  std::string help = spec.help;
  if (spec.kind == Kind::kChoice) {
    help += ": ";
    for (size_t i = 0; i < spec.choices.size(); ++i) help += (i > 0 ? ", " : "") + spec.choices[i];
    help += fmt::format(" (default: {})", spec.choices[0]);
  }
  if (spec.kind == Kind::kTexts && spec.name[0] == '-') help += "; may be repeated";
  if (spec.required) help += " [required]";
  return help;
}

// Help in the library's format, with the names of the table.
class HelpFormatter : public CLI::Formatter {
 public:
  /// The last names of an option, joined by commas.
  void Hide(const CLI::Option* option, std::string names) { hidden_[option] = std::move(names); }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    // How the library marks names that turn a flag off.
    constexpr std::string_view kMark = "{false}";
    for (size_t at = name.find(kMark); at != std::string::npos; at = name.find(kMark))
      name.erase(at, kMark.size());
    auto hidden = hidden_.find(option);
    if (hidden != hidden_.end()) name.resize(name.size() - hidden->second.size() - 1);
    return name;
  }

 private:
  std::map<const CLI::Option*, std::string> hidden_;
};

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

void AddOption(CLI::App* app, Slot* slot, HelpFormatter* formatter) {
  const OptionSpec& spec = *slot->spec;
  std::vector<std::string> hidden = HiddenNamesOf(spec);
  std::string names = spec.name;
  if (const std::string negative = ImpliedNegative(spec); !negative.empty()) {
    names += ",!" + negative;
    hidden.insert(hidden.begin(), negative);
  }
  if (spec.hidden[0] != '\0') names += std::string(",") + spec.hidden;
  slot->option = spec.kind == Kind::kFlag ? app->add_flag(names, slot->flag, Usage(spec))
                                          : app->add_option(names, slot->values, Usage(spec));
  if (!hidden.empty()) formatter->Hide(slot->option, Joined(hidden));
  if (spec.kind == Kind::kFlag) return;
  slot->option->type_name(spec.name[0] == '-' ? ValueName(spec) : "");
  bool is_positional_list = spec.kind == Kind::kTexts && spec.name[0] != '-';
  if (!is_positional_list) slot->option->expected(1)->allow_extra_args(false);
  // Also those of a single-valued option: repetitions are checked later.
  slot->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

ColorMode ColorNamed(std::string_view name) {
  if (name == "always") return ColorMode::kAlways;
  return name == "never" ? ColorMode::kNever : ColorMode::kAuto;
}

// Whether a command line requests JSON, even if it is invalid as a whole.
bool AsksForJson(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--format=json" || word == "-fjson" || word == "-f=json") return true;
    if ((word == "--format" || word == "-f") && i + 1 < words.size() && words[i + 1] == "json")
      return true;
  }
  return false;
}

// A parser for the commands, which lives only while a command line is parsed.
class Parser {
 public:
  Parser(const std::vector<CommandSpec>& commands, std::vector<std::string> words,
         const std::function<const char*(const char*)>& getenv)
      : getenv_(getenv),
        words_(std::move(words)),
        app_("Feature metadata of multimodal pipelines, in LanceDB.", "metaxy") {
    app_.set_version_flag("-V,--version", METAXY_VERSION);
    formatter_->column_width(36);
    app_.formatter(formatter_);
    Prepare(&app_);
    AddSlots(&app_, GlobalOptionSpecs(), &globals_);
    for (const CommandGroup& group : kGroups) {
      CLI::App* app = app_.add_subcommand(group.name, group.summary);
      Prepare(app);
      groups_[group.name] = app;
    }
    for (const CommandSpec& command : commands) {
      CLI::App* parent = command.group != nullptr ? groups_.at(command.group) : &app_;
      CLI::App* app = parent->add_subcommand(command.name, command.summary);
      if (command.alias != nullptr) app->alias(command.alias);
      Prepare(app);
      commands_.push_back({&command, app, {}});
      // Most of the time would go into options of commands that are not named.
      if (IsWord(command.name) || (command.alias != nullptr && IsWord(command.alias)))
        AddSlots(app, command.options, &commands_.back().slots);
    }
  }

  ParsedCommand Parse() {
    ParsedCommand result;
    result.json = AsksForJson(words_);
    std::vector<std::string> arguments = words_;
    std::reverse(arguments.begin(), arguments.end());  // as the library expects them
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForVersion&) {
      result.version = true;
      return result;
    } catch (const CLI::CallForHelp&) {
      // Help does not need valid options, only those that are.
      static_cast<void>(FillGlobals(&result));
      result.error.clear();
      result.text = HelpOf(Chosen());
      return result;
    } catch (const CLI::Error& error) {
      result.error = Unknown();
      if (result.error.empty())
        result.error = fmt::format("{} (see `{} --help`)", OneLine(error.what()), NameOf(Chosen()));
      return result;
    }
    result.error = Unknown();
    if (result.error.empty()) Fill(&result);
    return result;
  }

 private:
  struct Command {
    const CommandSpec* spec;
    CLI::App* app;
    std::deque<Slot> slots;
  };

  bool IsWord(std::string_view name) const {
    return std::find(words_.begin(), words_.end(), name) != words_.end();
  }

  static void Prepare(CLI::App* app) {
    // Unknown words are kept, so that the closest known name can be suggested.
    app->allow_extras()->fallthrough()->require_subcommand(0, 1);
    app->set_help_flag("-h,--help", "show this help");
  }

  void AddSlots(CLI::App* app, const std::vector<OptionSpec>& specs, std::deque<Slot>* slots) {
    for (const OptionSpec& spec : specs) {
      slots->push_back(Slot{&spec});
      AddOption(app, &slots->back(), formatter_.get());
    }
  }

  // The innermost command reached by the command line.
  CLI::App* Chosen() {
    CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
  }

  static std::string NameOf(const CLI::App* app) {
    std::string name = app->get_name();
    for (const CLI::App* parent = app->get_parent(); parent != nullptr;
         parent = parent->get_parent()) {
      name = parent->get_name() + " " + name;
    }
    return name;
  }

  std::string HelpOf(const CLI::App* app) const {
    std::string text = app->help(app->get_parent() != nullptr ? NameOf(app->get_parent()) : "");
    for (const Command& command : commands_) {
      if (command.app != app || command.spec->details.examples.empty()) continue;
      text += "\nExamples:\n";
      for (const Example& example : command.spec->details.examples)
        text += fmt::format("  {}\n      {}\n", example.line, example.what);
    }
    if (app == &app_) text += kMoreHelp;
    return text;
  }

  static std::vector<std::string> SubcommandNames(const CLI::App* app) {
    std::vector<std::string> names;
    for (const CLI::App* child : app->get_subcommands({})) names.push_back(child->get_name());
    return names;
  }

  std::vector<std::string> OptionNames(CLI::App* chosen) const {
    std::vector<std::string> names = {"--help", "--version"};
    for (CLI::App* app = chosen; app != nullptr; app = app->get_parent()) {
      for (const CLI::Option* option : app->get_options({})) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      }
    }
    return names;
  }

  // The first word, in command line order, that is not recognised.
  std::optional<std::string> FirstUnknown() const {
    std::vector<std::string> rest = app_.remaining(true);
    for (const std::string& word : words_) {
      if (std::find(rest.begin(), rest.end(), word) != rest.end()) return word;
    }
    return rest.empty() ? std::nullopt : std::make_optional(rest.front());
  }

  // The error for unrecognised words; empty if there are none.
  std::string Unknown() {
    std::optional<std::string> word = FirstUnknown();
    if (!word) return "";
    CLI::App* chosen = Chosen();
    std::string place = NameOf(chosen);
    if (word->size() > 1 && word->front() == '-') {
      std::string name = word->substr(0, word->find('='));
      return fmt::format("unknown option {} (see `{} --help`){}", Quote(name), place,
                         DidYouMean(name, OptionNames(chosen)));
    }
    std::vector<std::string> names = SubcommandNames(chosen);
    if (names.empty())
      return fmt::format("unexpected argument {} (see `{} --help`)", Quote(*word), place);
    return fmt::format("unknown command '{} {}' (see `{} --help`){}", place, *word, place,
                       DidYouMean(*word, names));
  }

  static std::vector<std::string> Given(const Slot& slot) {
    if (slot.option->count() == 0) return {};
    // Of a flag and its opposite the later one counts.
    if (slot.spec->kind == Kind::kFlag) return {slot.option->results().back()};
    return slot.values;
  }

  // The variable of an option, or of one of its hidden names.
  std::optional<std::string> VariableOf(const std::string& command, const OptionSpec& spec) const {
    std::optional<std::string> value = Variable(command, OptionKey(spec.name));
    for (const std::string& name : HiddenNamesOf(spec)) {
      if (!value && name.rfind("--no-", 0) != 0) value = Variable(command, OptionKey(name));
    }
    return value;
  }

  std::optional<std::string> Variable(const std::string& command, const std::string& key) const {
    std::string name = "METAXY_" + command + (command.empty() ? "" : "_") + key;
    for (char& c : name)
      c = c == '-' || c == ' ' ? '_'
                               : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const char* value = getenv_(name.c_str());
    return value != nullptr && *value != '\0' ? std::make_optional<std::string>(value)
                                              : std::nullopt;
  }

  static std::optional<bool> ReadFlag(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const char* yes : {"1", "true", "t", "yes", "y", "on"}) {
      if (text == yes) return true;
    }
    for (const char* no : {"0", "false", "f", "no", "n", "off"}) {
      if (text == no) return false;
    }
    return std::nullopt;
  }

  // Sets the given values, or those of environment variables; returns the error.
  std::string Take(const Slot& slot, const std::string& command, Arguments* arguments) const {
    const OptionSpec& spec = *slot.spec;
    std::string key = OptionKey(spec.name);
    std::string shown = spec.name[0] == '-' ? "--" + key : key;
    std::vector<std::string> values = Given(slot);
    if (values.size() > 1 && spec.kind != Kind::kTexts && spec.kind != Kind::kFlag)
      return GivenTooOften(shown, values);
    if (values.empty()) {
      if (std::optional<std::string> text = VariableOf(command, spec)) {
        values = {*text};
        if (spec.kind == Kind::kFlag) {
          std::optional<bool> flag = ReadFlag(*text);
          if (!flag)
            return fmt::format("the variable for {} must be true or false, not {}", shown,
                               Quote(*text));
          values = {*flag ? "true" : "false"};
        }
      }
    }
    if (values.empty())
      return spec.required ? fmt::format("{} is missing; {}", shown, spec.help) : "";
    arguments->Set(key, values);
    const std::string& last = values.back();
    if (spec.kind == Kind::kNumber && !(arguments->Number(key).value_or(-1) >= 0)) {
      return fmt::format("{} must be a whole number that is not negative, not {}", shown,
                         Quote(last));
    }
    if (spec.kind == Kind::kSize) {
      const auto size = internal::ParseByteSize(last);
      if (!size.ok()) return fmt::format("{}: {}", shown, size.status().message());
    }
    if (spec.kind == Kind::kChoice &&
        std::find(spec.choices.begin(), spec.choices.end(), last) == spec.choices.end()) {
      std::string known;
      for (const std::string& choice : spec.choices) known += (known.empty() ? "" : ", ") + choice;
      return fmt::format("{} must be one of {}, not {}{}", shown, known, Quote(last),
                         DidYouMean(last, spec.choices));
    }
    return "";
  }

  // Whether a global option is given on the command line itself.
  bool IsGiven(std::string_view key) const {
    return std::any_of(globals_.begin(), globals_.end(), [key](const Slot& slot) {
      return OptionKey(slot.spec->name) == key && slot.option->count() > 0;
    });
  }

  static std::string GivenTooOften(const std::string& option,
                                   const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : " and ") + Quote(value);
    return fmt::format("{} is given {} times, with {}; it takes one value", option, values.size(),
                       list);
  }

  // The options of all commands; false, with the error, if they are invalid.
  bool FillGlobals(ParsedCommand* result) {
    Arguments globals;
    for (const Slot& slot : globals_) {
      result->error = OptionKey(slot.spec->name) == "project" ? TakeProject(slot, &globals)
                                                              : Take(slot, "", &globals);
      if (!result->error.empty()) return false;
    }
    result->globals = {.config_file = globals.Text("config-file"),
                       .project = globals.Text("project"),
                       .all_projects = globals.Flag("all-projects"),
                       .sync = globals.Flag("sync"),
                       .locked = globals.Flag("locked"),
                       .log = globals.Flag("verbose"),
                       .output = {.color = ColorNamed(globals.Text("color").value_or("auto")),
                                  .quiet = globals.Flag("quiet"),
                                  .progress = !globals.Flag("no-progress"),
                                  .pager = !globals.Flag("no-pager")}};
    result->globals.locked_is_given = result->globals.locked && IsGiven("locked");
    if (result->globals.project && result->globals.all_projects && IsGiven("all-projects")) {
      result->error = "--project and --all-projects are both given; use one of the two";
    } else if (result->globals.log && result->globals.output.quiet) {
      result->error = "--verbose and --quiet are both given; use one of the two";
    }
    return result->error.empty();
  }

  void Fill(ParsedCommand* result) {
    if (!FillGlobals(result)) return;
    CLI::App* chosen = Chosen();
    for (const Command& command : commands_) {
      if (command.app != chosen) continue;
      std::string name =
          command.spec->group != nullptr ? std::string(command.spec->group) + " " : "";
      name += command.spec->name;
      for (const Slot& slot : command.slots) {
        result->error = Take(slot, name, &result->arguments);
        if (result->error.empty()) continue;
        result->error = fmt::format("metaxy {}: {}", name, result->error);
        return;
      }
      result->json = result->arguments.json();
      result->command = command.spec;
      return;
    }
    result->text = HelpOf(chosen);  // a group, or nothing at all
  }

  // METAXY_PROJECT changes the configuration itself, which is more than the option does.
  static std::string TakeProject(const Slot& slot, Arguments* arguments) {
    if (slot.values.size() > 1) return GivenTooOften("--project", slot.values);
    if (slot.option->count() > 0) arguments->Set("project", slot.values);
    return "";
  }

  const std::function<const char*(const char*)>& getenv_;
  const std::vector<std::string> words_;  // of the command line
  std::shared_ptr<HelpFormatter> formatter_ = std::make_shared<HelpFormatter>();
  CLI::App app_;
  std::map<std::string, CLI::App*> groups_;
  std::deque<Slot> globals_;
  std::deque<Command> commands_;
};

}  // namespace

std::span<const CommandGroup> CommandGroups() { return kGroups; }

const std::vector<OptionSpec>& GlobalOptionSpecs() {
  static const std::vector<OptionSpec> kSpecs = {
      {.name = "--config-file",
       .kind = Kind::kText,
       .help = "the configuration file (default: metaxy.toml here or in a parent directory)",
       .takes = OptionSpec::Takes::kFile},
      {.name = "--project",
       .kind = Kind::kText,
       .help = "the project whose features are listed (default: the configured one)",
       .takes = OptionSpec::Takes::kProject},
      {"--all-projects", Kind::kFlag, "work on the features of all projects"},
      {"--sync,!--no-sync", Kind::kFlag,
       "load features of other projects from the default store first"},
      {"--locked,!--no-locked", Kind::kFlag,
       "with --sync: fail if such a feature has a different version than expected"},
      {.name = "-v,--verbose",
       .kind = Kind::kFlag,
       .help = "also log retries, maintenance, fallback stores, new columns",
       .hidden = "--log,!--no-log"},
      {"-q,--quiet", Kind::kFlag, "no notes and no progress; results, warnings and errors stay"},
      {.name = "--color",
       .kind = Kind::kChoice,
       .help = "when to use colours; NO_COLOR and FORCE_COLOR count, too",
       .choices = {"auto", "always", "never"}},
      {"--no-progress", Kind::kFlag, "do not show progress on terminals"},
      {"--no-pager", Kind::kFlag, "do not show long output in $PAGER on terminals"},
  };
  return kSpecs;
}

ColorMode ColorModeOf(const std::vector<std::string>& arguments) {
  std::string name = "auto";
  for (size_t i = 0; i < arguments.size(); ++i) {
    constexpr std::string_view kOption = "--color=";
    if (arguments[i].rfind(kOption, 0) == 0) name = arguments[i].substr(kOption.size());
    if (arguments[i] == "--color" && i + 1 < arguments.size()) name = arguments[i + 1];
  }
  return ColorNamed(name);
}

ParsedCommand ParseCommandLine(const std::vector<CommandSpec>& commands,
                               std::vector<std::string> arguments,
                               const std::function<const char*(const char*)>& getenv) {
  return Parser(commands, std::move(arguments), getenv).Parse();
}

}  // namespace metaxy::cli
