#include "cli/completion.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "cli/parser.h"

namespace metaxy::cli {

namespace {

using Kind = OptionSpec::Kind;

using Takes = OptionSpec::Takes;

bool IsOption(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

// The command line up to the word being completed.
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
      values_[pending_->takes] = word;
      pending_ = nullptr;
      return;
    }
    if (IsOption(word)) {
      const std::string name = word.substr(0, word.find('='));
      const OptionSpec* option = Find(name);
      given_.insert(name);
      if (option == nullptr || option->kind == Kind::kFlag) return;
      if (name == word) {
        pending_ = option;
      } else {
        values_[option->takes] = word.substr(name.size() + 1);
      }
      return;
    }
    if (command_ != nullptr) {
      if (const OptionSpec* argument = NextArgument()) values_[argument->takes] = word;
      ++arguments_;
      return;
    }
    for (const CommandSpec& command : commands_) {
      const std::string group = command.group != nullptr ? command.group : "";
      if (group != group_) continue;
      const bool is_alias = command.alias != nullptr && word == command.alias;
      if (word == command.name || is_alias) {
        command_ = &command;
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
      std::vector<std::string> names = NamesOf(option);
      for (std::string& hidden : HiddenNamesOf(option)) names.push_back(std::move(hidden));
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
    // An option of the command hides one of all commands.
    const bool known =
        std::any_of(completion_.candidates.begin(), completion_.candidates.end(),
                    [&](const Candidate& candidate) { return candidate.text == text; });
    if (text.rfind(word_, 0) == 0 && !known) completion_.candidates.push_back({text, help});
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
    completion_.files = option.takes == Takes::kFile;
    completion_.directories = option.takes == Takes::kDirectory;
    if (option.takes == Takes::kGraph) {
      for (const char* name : {"latest", "current"}) Offer(prefix + name);
    }
    if (option.takes == Takes::kColumns) return OfferColumns(prefix);
    for (const std::string& name : NamesFor(option.takes)) Offer(prefix + name);
  }

  NameSources::Names NamesFor(Takes takes) {
    const std::string& store = values_[Takes::kStore];
    switch (takes) {
      case Takes::kFeature:
        return names_.features ? names_.features() : NameSources::Names();
      case Takes::kStore:
        return names_.stores ? names_.stores() : NameSources::Names();
      case Takes::kProject:
        return names_.projects ? names_.projects() : NameSources::Names();
      case Takes::kSnapshot:
      case Takes::kGraph:
        return names_.snapshots ? names_.snapshots(store) : NameSources::Names();
      case Takes::kNamedSnapshot:
        return names_.named_snapshots ? names_.named_snapshots(store) : NameSources::Names();
      case Takes::kFeatureVersion:
        return names_.feature_versions ? names_.feature_versions(values_[Takes::kFeature], store)
                                       : NameSources::Names();
      default:
        return {};
    }
  }

  // The last name of a list; those before it stay. A name to sort by may be prefixed with a minus.
  void OfferColumns(const std::string& prefix) {
    if (!names_.columns) return;
    const size_t comma = word_.rfind(',');
    std::string before = comma == std::string::npos ? prefix : word_.substr(0, comma + 1);
    if (word_.size() > before.size() && word_[before.size()] == '-') before += '-';
    for (const std::string& name : names_.columns(values_[Takes::kFeature], values_[Takes::kStore]))
      Offer(before + name);
  }

  const std::vector<CommandSpec>& commands_;
  const NameSources& names_;
  std::string word_;
  std::string group_;
  const CommandSpec* command_ = nullptr;
  const OptionSpec* pending_ = nullptr;  // its value comes next
  size_t arguments_ = 0;
  std::map<Takes, std::string> values_;  // the last value of each kind
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
  if (completion.files) lines += ":files\n";
  return lines + (completion.directories ? ":directories\n" : "");
}

}  // namespace metaxy::cli
