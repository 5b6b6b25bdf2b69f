// The commands that `metaxy init` prints for what comes next.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace metaxy::testing {

/// \brief What is printed after "Next:", without `metaxy`, `cd` and comments.
inline std::vector<std::string> NextCommands(const std::string& out) {
  std::vector<std::string> commands;
  std::istringstream lines(out.substr(out.find("Next:\n") + 6));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("  metaxy ", 0) == 0) commands.push_back(line.substr(9));
  return commands;
}

/// \brief The words of such a command, none of which has a space.
inline std::vector<std::string> Words(const std::string& command) {
  std::vector<std::string> words;
  std::istringstream text(command);
  for (std::string word; text >> word;) {
    std::erase(word, '\'');
    words.push_back(word);
  }
  return words;
}

}  // namespace metaxy::testing
