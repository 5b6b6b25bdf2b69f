// Runs the program `metaxy` as a user does.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/json.h"
#include "support/temp_dir.h"

namespace metaxy::testing {

struct Finished {
  int code = -1;
  std::string out;
  std::string err;
};

inline void PrintTo(const Finished& finished, std::ostream* stream) {
  *stream << "code " << finished.code << ", out: " << finished.out << ", err: " << finished.err;
}

/// \brief A directory in which the program runs, and the environment it sees, with caches of its
/// own.
class Program {
 public:
  Program() = default;

  Finished Run(const std::vector<std::string>& arguments) const;
  /// \brief Runs it on a terminal of its own, with `typed` as input. Everything shown, including
  /// the echo, is `out`; colours are off.
  Finished RunOnTerminal(const std::vector<std::string>& arguments, const std::string& typed) const;

  const TempDir& directory() const { return directory_; }
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }
  void Write(const std::string& name, const std::string& text) const {
    directory_.Write(name, text);
  }
  void SetVariable(std::string name, std::string value) {
    variables_.insert_or_assign(std::move(name), std::move(value));
  }
  /// \brief Runs the program in a subdirectory.
  void SetDirectory(std::string name) { working_directory_ = std::move(name); }
  /// \brief The names of all files below the directory, sorted.
  std::vector<std::string> Files() const;

 private:
  struct Streams {
    std::string in;
    std::string out;
    std::string err;
  };
  // The process, or -1.
  int Start(const std::vector<std::string>& arguments, const Streams& streams) const;

  TempDir directory_;
  TempDir caches_;
  std::string working_directory_ = ".";
  std::map<std::string, std::string> variables_;
};

/// Whether standard output is empty or, with `--format json`, contains the failure reported on
/// standard error.
inline bool TellsNothingElse(const Finished& finished) {
  if (finished.out.empty()) return true;
  const auto json = Json::Parse(finished.out);
  const Json* message = json.ok() ? json->Find("message") : nullptr;
  return message != nullptr && json->Find("error") != nullptr &&
         finished.err == "metaxy: error: " + message->as_string() + "\n";
}

/// The program failed with this code, and printed one line with these words.
MATCHER_P2(FailedWith, code, words, "") {
  bool one_line = !arg.err.empty() && arg.err.find('\n') == arg.err.size() - 1;
  return arg.code == code && TellsNothingElse(arg) && one_line &&
         arg.err.rfind("metaxy: error: ", 0) == 0 && arg.err.find(words) != std::string::npos;
}

MATCHER_P(Printed, text, "") { return arg.code == 0 && arg.out == text; }

}  // namespace metaxy::testing
