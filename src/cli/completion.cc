#include "cli/completion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "cli/parser.h"

namespace metaxy::cli {

namespace {

using Kind = OptionSpec::Kind;

enum class Value { kFeature, kStore, kFile };

// What the value of an option or an argument is; a rule with a command counts more.
struct Rule {
  const char* command;  // nullptr: of any
  const char* name;
  Value value;
};

constexpr std::array kRules = {
    Rule{"metadata copy", "--from", Value::kStore},
    Rule{"metadata copy", "--to", Value::kStore},
    Rule{nullptr, "FEATURE", Value::kFeature},
    Rule{nullptr, "--feature", Value::kFeature},
    Rule{nullptr, "--store", Value::kStore},
    Rule{nullptr, "--from", Value::kFile},
    Rule{nullptr, "--to", Value::kFile},
    Rule{nullptr, "--samples", Value::kFile},
    Rule{nullptr, "--output", Value::kFile},
    Rule{nullptr, "--config-file", Value::kFile},
    Rule{nullptr, "DIRECTORY", Value::kFile},
};

std::optional<Value> ValueOf(const std::string& command, const OptionSpec& option) {
  const std::vector<std::string> names = NamesOf(option);
  for (const Rule& rule : kRules) {
    const bool is_named = option.name == std::string_view(rule.name) ||
                          std::find(names.begin(), names.end(), rule.name) != names.end();
    if (is_named && (rule.command == nullptr || command == rule.command)) return rule.value;
  }
  return std::nullopt;
}

bool IsOption(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

// The command line up to the word that is completed.
class Reader {
 public:
  Reader(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
         const NameSources& names)
      : commands_(commands), names_(names) {
    word_ = words.empty() ? "" : words.back();
    for (size_t i = 0; i + 1 < words.size(); ++i) Read(words[i]);
  }

  Completion Finish() {
    if (pending_ != nullptr) {
      OfferValues(*pending_, "");
    } else if (word_.rfind("--", 0) == 0 && word_.find('=') != std::string::npos) {
      const std::string name = word_.substr(0, word_.find('='));
      if (const OptionSpec* option = Find(name)) OfferValues(*option, name + "=");
    } else if (!word_.empty() && word_.front() == '-') {
      OfferOptions();
    } else if (command_ == nullptr) {
      OfferCommands();
    } else if (const OptionSpec* argument = NextArgument()) {
      OfferValues(*argument, "");
    }
    return std::move(completion_);
  }

 private:
  void Read(const std::string& word) {
    if (pending_ != nullptr) {
      pending_ = nullptr;
      return;
    }
    if (IsOption(word)) {
      const std::string name = word.substr(0, word.find('='));
      const OptionSpec* option = Find(name);
      given_.insert(name);
      if (option != nullptr && option->kind != Kind::kFlag && name == word) pending_ = option;
      return;
    }
    if (command_ != nullptr) {
      ++arguments_;
      return;
    }
    for (const CommandSpec& command : commands_) {
      const std::string group = command.group != nullptr ? command.group : "";
      if (group != group_) continue;
      const bool is_alias = command.alias != nullptr && word == command.alias;
      if (word == command.name || is_alias) {
        command_ = &command;
        name_ = group.empty() ? command.name : group + " " + command.name;
        return;
      }
    }
    if (group_.empty()) group_ = word;
  }

  template <class Visit>
  void ForOptions(Visit visit) const {
    if (command_ != nullptr) {
      for (const OptionSpec& option : command_->options) visit(option);
    }
    for (const OptionSpec& option : GlobalOptionSpecs()) visit(option);
  }

  const OptionSpec* Find(const std::string& name) const {
    const OptionSpec* found = nullptr;
    ForOptions([&](const OptionSpec& option) {
      const std::vector<std::string> names = NamesOf(option);
      if (found == nullptr && std::find(names.begin(), names.end(), name) != names.end())
        found = &option;
    });
    return found;
  }

  const OptionSpec* NextArgument() const {
    size_t place = 0;
    for (const OptionSpec& option : command_->options) {
      if (option.name[0] == '-') continue;
      if (place++ == arguments_ || option.kind == Kind::kTexts) return &option;
    }
    return nullptr;
  }

  void Offer(const std::string& text, const std::string& help = "") {
    if (text.rfind(word_, 0) == 0) completion_.candidates.push_back({text, help});
  }

  void OfferCommands() {
    std::set<std::string> groups;
    if (group_.empty()) {
      for (const CommandGroup& group : CommandGroups()) Offer(group.name, group.summary);
    }
    for (const CommandSpec& command : commands_) {
      if (group_ == (command.group != nullptr ? command.group : ""))
        Offer(command.name, command.summary);
    }
  }

  void OfferOptions() {
    ForOptions([&](const OptionSpec& option) {
      const std::vector<std::string> names = NamesOf(option);
      const bool is_given = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return given_.count(name) > 0;
      });
      if (is_given && option.kind != Kind::kTexts) return;
      const std::string implied = ImpliedNegative(option);
      for (const std::string& name : names) {
        if (name.rfind("--", 0) == 0 && name != implied) Offer(name, option.help);
      }
    });
    Offer("--help", "show this help");
  }

  void OfferValues(const OptionSpec& option, const std::string& prefix) {
    for (const std::string& choice : option.choices) Offer(prefix + choice);
    const std::optional<Value> value = ValueOf(name_, option);
    if (!value) return;
    if (*value == Value::kFile) completion_.files = true;
    if (*value == Value::kFeature && names_.features) {
      for (const std::string& key : names_.features()) Offer(prefix + key);
    }
    if (*value == Value::kStore && names_.stores) {
      for (const std::string& name : names_.stores()) Offer(prefix + name);
    }
  }

  const std::vector<CommandSpec>& commands_;
  const NameSources& names_;
  std::string word_;
  std::string group_;
  std::string name_;
  const CommandSpec* command_ = nullptr;
  const OptionSpec* pending_ = nullptr;  // its value comes next
  size_t arguments_ = 0;
  std::set<std::string> given_;
  Completion completion_;
};

}  // namespace

Completion Complete(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
                    const NameSources& names) {
  return Reader(commands, words, names).Finish();
}

std::string ToLines(const Completion& completion) {
  std::string lines;
  for (const Candidate& candidate : completion.candidates)
    lines += candidate.text + (candidate.help.empty() ? "" : "\t" + candidate.help) + "\n";
  return lines + (completion.files ? ":files\n" : "");
}

}  // namespace metaxy::cli
