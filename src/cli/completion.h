// What may stand next on a command line, for the completions of shells.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace metaxy::cli {

struct Candidate {
  std::string text;
  std::string help = "";  ///< a few words on it, or nothing
};

struct Completion {
  std::vector<Candidate> candidates = {};
  bool files = false;        ///< names of files fit too
  bool directories = false;  ///< names of directories fit too
};

/// \brief Where names come from that are not part of the program. Asked only if they are needed;
/// what is missing offers nothing. `store` is empty for the default one.
struct NameSources {
  using Names = std::vector<std::string>;

  std::function<Names()> features = nullptr;
  std::function<Names()> stores = nullptr;
  std::function<Names()> projects = nullptr;
  /// Versions of the project that were pushed, the latest first.
  std::function<Names(const std::string& store)> snapshots = nullptr;
  /// Versions of a feature: the current one, and pushed ones.
  std::function<Names(const std::string& feature, const std::string& store)> feature_versions =
      nullptr;
  /// The columns of a feature's table.
  std::function<Names(const std::string& feature, const std::string& store)> columns = nullptr;
};

/// \brief What may stand in place of the last of `words`, which may be empty or half a word; they
/// are the command line without the program's name. Candidates begin with that word.
Completion Complete(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
                    const NameSources& names);

/// \brief The completion of words as scripts read it: a candidate a line, its help after a tab; a
/// line ":files" or ":directories" where such names fit.
std::string ToLines(const Completion& completion);

/// \brief The script that teaches a shell ("bash", "zsh" or "fish") to ask the program.
std::string CompletionScript(const std::string& shell);

}  // namespace metaxy::cli
