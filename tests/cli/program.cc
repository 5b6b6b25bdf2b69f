#include "program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

#include "test_paths.h"

namespace metaxy::testing {

namespace {

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the shell of whoever runs the tests has set must not change what the program prints.
bool IsKept(std::string_view variable) {
  for (std::string_view prefix : {"METAXY_", "NO_COLOR=", "COLUMNS=", "TERM="}) {
    if (variable.substr(0, prefix.size()) == prefix) return false;
  }
  return true;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Finished Program::Run(const std::vector<std::string>& arguments) const {
  TempDir streams;
  std::string out = (streams.path() / "out").string();
  std::string err = (streams.path() / "err").string();
  std::vector<std::string> words = {ProgramPath()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (IsKept(*variable)) variables.emplace_back(*variable);
  }
  for (const auto& [name, value] : variables_) variables.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, path(working_directory_).c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  std::vector<char*> argv = Pointers(&words);
  std::vector<char*> envp = Pointers(&variables);
  pid_t child = 0;
  int failure = posix_spawn(&child, words[0].c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  Finished finished;
  if (failure != 0) {
    finished.err = "the program cannot be started: " + words[0];
    return finished;
  }
  int status = 0;
  waitpid(child, &status, 0);
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  finished.out = Content(out);
  finished.err = Content(err);
  return finished;
}

std::vector<std::string> Program::Files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
    if (entry.is_regular_file())
      names.push_back(entry.path().lexically_relative(directory_.path()).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace metaxy::testing
