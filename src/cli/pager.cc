#include "cli/pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio_ext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metaxy::cli {

namespace {

// Whether the shell would find the first word of a command.
bool Exists(const std::string& command) {
  const std::string name = command.substr(0, command.find(' '));
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, end)) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string Command() {
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return "";
  const char* pager = std::getenv("PAGER");
  std::string command = pager != nullptr ? pager : "less";
  return command == "cat" || !Exists(command) ? "" : command;
}

// less ends by itself if everything fits on the screen, shows colours, and leaves the text there.
std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  if (std::getenv("LESS") == nullptr) variables.emplace_back("LESS=FRX");
  return variables;
}

pid_t Spawn(const std::string& command, int input) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  std::array<std::string, 3> words = {"sh", "-c", command};
  std::array<char*, 4> argv = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::vector<std::string> variables = Environment();
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  pid_t child = -1;
  if (posix_spawn(&child, "/bin/sh", &actions, nullptr, argv.data(), envp.data()) != 0) child = -1;
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

}  // namespace

std::optional<Pager> Pager::Start(std::FILE* stream) {
  const std::string command = Command();
  if (command.empty()) return std::nullopt;
  std::fflush(stream);
  const int saved = fcntl(fileno(stream), F_DUPFD_CLOEXEC, 0);
  std::array<int, 2> ends = {-1, -1};
  if (saved < 0) return std::nullopt;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    close(saved);
    return std::nullopt;
  }
  const pid_t child = Spawn(command, ends[0]);
  close(ends[0]);
  if (child > 0) dup2(ends[1], fileno(stream));
  close(ends[1]);
  // Whoever leaves the pager early has seen enough, which is no reason to die of SIGPIPE.
  if (child > 0) return Pager(stream, saved, child, std::signal(SIGPIPE, SIG_IGN));
  close(saved);
  return std::nullopt;
}

Pager::Pager(Pager&& other) noexcept
    : stream_(other.stream_),
      saved_(other.saved_),
      child_(std::exchange(other.child_, -1)),
      on_broken_pipe_(other.on_broken_pipe_) {}

void Pager::Finish() {
  if (child_ < 0) return;
  // What the reader has not taken must not appear on the terminal afterwards.
  if (std::fflush(stream_) != 0) __fpurge(stream_);
  std::clearerr(stream_);
  dup2(saved_, fileno(stream_));
  close(saved_);
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  std::signal(SIGPIPE, on_broken_pipe_);
}

}  // namespace metaxy::cli
