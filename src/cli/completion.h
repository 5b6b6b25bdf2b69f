// Shell completion: what may come next on a command line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

struct Candidate {
  std::string text;
  std::string help;  ///< a short description, or empty
};

struct Completion {
  std::vector<Candidate> candidates = {};
  bool files = false;        ///< file names match, too
  bool directories = false;  ///< directory names match, too
};

/// \brief The source of names that are not part of the program. Called only if needed; missing
/// information offers nothing. `store` is empty for the default one.
struct NameSources {
  using Names = std::vector<std::string>;

  std::function<Names()> features = nullptr;
  std::function<Names()> stores = nullptr;
  std::function<Names()> projects = nullptr;
  /// Versions of the project that were pushed, latest first.
  std::function<Names(const std::string& store)> snapshots = nullptr;
  /// Versions of a feature: the current one, and pushed ones.
  std::function<Names(const std::string& feature, const std::string& store)> feature_versions =
      nullptr;
  /// The names of snapshots of a store, latest first.
  std::function<Names(const std::string& store)> named_snapshots = nullptr;
  /// The columns of a feature's table.
  std::function<Names(const std::string& feature, const std::string& store)> columns = nullptr;
};

/// \brief Candidates for the last of `words`, which may be empty or a prefix; they are the command
/// line without the program's name. Candidates begin with that word.
Completion Complete(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
                    const NameSources& names);

/// \brief The completion of words in the format for scripts: one candidate per line, its help after
/// a tab; a line ":files" or ":directories" if such names match.
std::string ToLines(const Completion& completion);

/// \brief The script that makes a shell ("bash", "zsh" or "fish") use the program for completion.
std::string CompletionScript(const std::string& shell);

}  // namespace metaxy::cli
