#include "program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
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

// Settings of the shell that runs the tests must not change what the program prints.
bool IsKept(std::string_view variable) {
  for (std::string_view prefix :
       {"METAXY_", "NO_COLOR=", "FORCE_COLOR=", "COLUMNS=", "TERM=", "PAGER=", "LESS="}) {
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

int CodeOf(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace

int Program::Start(const std::vector<std::string>& arguments, const Streams& streams) const {
  std::vector<std::string> words = {ProgramPath()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    // Of two with one name the first counts.
    if (IsKept(*variable) && variables_.count(std::string(text.substr(0, text.find('=')))) == 0)
      variables.emplace_back(text);
  }
  // Colours are tested separately.
  if (variables_.count("NO_COLOR") == 0) variables.emplace_back("NO_COLOR=1");
  // A pager would wait for a key.
  if (variables_.count("PAGER") == 0) variables.emplace_back("PAGER=cat");
  if (variables_.count("XDG_CACHE_HOME") == 0)
    variables.push_back("XDG_CACHE_HOME=" + caches_.path().string());
  for (const auto& [name, value] : variables_) variables.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, path(working_directory_).c_str());
  posix_spawn_file_actions_addopen(&actions, 0, streams.in.c_str(), O_RDONLY | O_NOCTTY, 0);
  const int flags = O_WRONLY | O_CREAT | O_NOCTTY;
  posix_spawn_file_actions_addopen(&actions, 1, streams.out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, streams.err.c_str(), flags, 0600);
  std::vector<char*> argv = Pointers(&words);
  std::vector<char*> envp = Pointers(&variables);
  pid_t child = 0;
  const int failure =
      posix_spawn(&child, words[0].c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  return failure == 0 ? child : -1;
}

Finished Program::Run(const std::vector<std::string>& arguments) const {
  TempDir streams;
  const std::string out = (streams.path() / "out").string();
  const std::string err = (streams.path() / "err").string();
  const int child = Start(arguments, {"/dev/null", out, err});
  if (child < 0) return {.err = "the program cannot be started: " + std::string(ProgramPath())};
  return {.code = CodeOf(child), .out = Content(out), .err = Content(err)};
}

Finished Program::RunOnTerminal(const std::vector<std::string>& arguments,
                                const std::string& typed) const {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
    return {.err = "there is no terminal"};
  const std::string name = ptsname(terminal);
  const int child = Start(arguments, {name, name, name});
  if (child < 0) return {.err = "the program cannot be started: " + std::string(ProgramPath())};
  Finished finished;
  if (write(terminal, typed.data(), typed.size()) < 0) finished.err = "nothing can be typed";
  // Reading fails at the end of the program.
  char buffer[4096];
  for (ssize_t size = 0; (size = read(terminal, buffer, sizeof buffer)) > 0;)
    finished.out.append(buffer, static_cast<size_t>(size));
  finished.out.erase(std::remove(finished.out.begin(), finished.out.end(), '\r'),
                     finished.out.end());
  close(terminal);
  finished.code = CodeOf(child);
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
