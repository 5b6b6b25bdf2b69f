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
  bool files = false;  ///< names of files fit too
};

/// \brief Where names come from that are not part of the program. Asked only if they are needed.
struct NameSources {
  std::function<std::vector<std::string>()> features;
  std::function<std::vector<std::string>()> stores;
};

/// \brief What may stand in place of the last of `words`, which may be empty or half a word; they
/// are the command line without the program's name. Candidates begin with that word.
Completion Complete(const std::vector<CommandSpec>& commands, const std::vector<std::string>& words,
                    const NameSources& names);

/// \brief The completion of words as scripts read it: a candidate a line, its help after a tab; a
/// line
/// ":files" where names of files fit.
std::string ToLines(const Completion& completion);

/// \brief The script that teaches a shell ("bash", "zsh" or "fish") to ask the program.
std::string CompletionScript(const std::string& shell);

}  // namespace metaxy::cli
