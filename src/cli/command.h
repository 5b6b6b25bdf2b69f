// Command table: names, options and handlers of commands, as data.
#pragma once

#include <arrow/result.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_codes.h"

namespace metaxy::cli {

class Context;

struct OptionSpec {
  enum class Kind {
    kText,    ///< One value.
    kTexts,   ///< One value per occurrence, may be repeated. Without dashes: all remaining
              ///< arguments.
    kNumber,  ///< A non-negative integer.
    kSize,    ///< A number of bytes, as "2GiB".
    kChoice,  ///< One of `choices`.
    kFlag,    ///< "--name"; `--no-name` is understood too, and is shown if given as
              ///< "--name,!--no-name".
  };

  /// What the value names: completions offer it, and help uses it as a placeholder.
  enum class Takes {
    kText,
    kFeature,  ///< The key of a feature.
    kStore,    ///< A store of the configuration.
    kProject,  ///< A project that owns features.
    kFile,
    kDirectory,
    kFeatureVersion,  ///< A version of the feature named on the command line.
    kSnapshot,        ///< A version of the project that was pushed.
    kGraph,           ///< The same, or "latest" or "current".
    kColumns,         ///< Columns, separated by commas.
    kNamedSnapshot,   ///< The name of a snapshot of the store.
  };

  const char* name;  ///< "--store", "-f,--format", or "FEATURE" for an argument by its place
  Kind kind;
  const char* help;
  bool required = false;
  std::vector<std::string> choices = {};
  Takes takes = Takes::kText;
  /// Other names that work but are not shown, such as those of the reference: "--snapshot-id", or
  /// "--x,!--no-x" for a flag.
  const char* hidden = "";
};

/// \brief The placeholder in help for the value of an option, such as "FILE" or "N"; empty for a
/// flag.
const char* ValueName(const OptionSpec& spec);

/// \brief The options of a command, from the command line or the environment.
class Arguments {
 public:
  void Set(const std::string& name, std::vector<std::string> values) {
    values_[name] = std::move(values);
  }

  bool Has(const std::string& name) const { return values_.count(name) > 0; }
  std::optional<std::string> Text(const std::string& name) const;
  std::vector<std::string> Texts(const std::string& name) const;
  /// \brief The value, as a number, of an option that has passed validation.
  std::optional<int64_t> Number(const std::string& name) const;
  /// \brief Bytes, of a size option that has passed validation.
  std::optional<int64_t> Size(const std::string& name) const;
  bool Flag(const std::string& name, bool otherwise = false) const;
  /// \brief Whether `--format json` is given.
  bool json() const { return Text("format") == "json"; }

 private:
  std::map<std::string, std::vector<std::string>> values_;  // by long name without dashes
};

/// \brief A command line, with the names of the project that `metaxy init` creates, and what it
/// does.
struct Example {
  const char* line;
  const char* what;
};

/// \brief What is documented of a command beside its options.
struct CommandDetails {
  std::vector<Example> examples = {};
  /// The shape of what --format json prints, in the notation of docs/reference/json.md.
  const char* json = "";
  /// Whether its output is for reading, so that a terminal may show it in a pager.
  bool is_paged = false;
};

struct CommandSpec {
  const char* group;  ///< "metadata", or nullptr
  const char* name;
  const char* alias;  ///< alias, or nullptr
  const char* summary;
  std::vector<OptionSpec> options;
  /// Runs the command and returns the exit code. The caller prints a failure.
  arrow::Result<int> (*run)(Context& context, const Arguments& arguments);
  CommandDetails details = {};

  /// \brief "metadata write"
  std::string full_name() const {
    return group != nullptr ? std::string(group) + " " + name : std::string(name);
  }
};

/// \brief "--store,-s" -> "store", "FEATURE" -> "FEATURE": the name of an option in Arguments.
std::string OptionKey(std::string_view name);

/// \brief The name that turns a flag off, if the table does not give one; else empty.
std::string ImpliedNegative(const OptionSpec& spec);

/// \brief All names of an option that help shows, and the implied one; none for a positional
/// argument.
std::vector<std::string> NamesOf(const OptionSpec& spec);

/// \brief The names that work but are not shown.
std::vector<std::string> HiddenNamesOf(const OptionSpec& spec);

// Options shared by several commands.
OptionSpec FeatureArgument();
OptionSpec StoreOption();
OptionSpec FallbackOption();
OptionSpec MemoryLimitOption();
OptionSpec FormatOption(std::vector<std::string> choices = {"plain", "json"});

}  // namespace metaxy::cli
