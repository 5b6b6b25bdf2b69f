#include "python_writer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <test_paths.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/atomic_file.h"
#include "metaxy/json.h"

extern char** environ;

namespace metaxy::testing {

std::unique_ptr<PythonWriter> PythonWriter::Start() {
  const char* const python = std::getenv("METAXY_DELTA_PYTHON");
  if (python == nullptr || *python == '\0') return nullptr;
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) return nullptr;
  const std::string script = SourceDir() + "/tests/system/delta/python_writer.py";
  const std::array<const char*, 4> argv = {python, "-B", script.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int failed =
      posix_spawn(&pid, python, &actions, nullptr, const_cast<char* const*>(argv.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  if (failed != 0) return nullptr;
  return std::unique_ptr<PythonWriter>(new PythonWriter(pid, in[1], out[0]));
}

PythonWriter::~PythonWriter() {
  close(to_);
  close(from_);
  waitpid(pid_, nullptr, 0);
}

std::string PythonWriter::Do(const std::string& what, const std::filesystem::path& store,
                             const std::string& table, uint64_t seed) {
  const Json command = Json::Object{{"uri", store.string()},
                                    {"table", table},
                                    {"do", what},
                                    {"seed", static_cast<int64_t>(seed)}};
  if (internal::WriteToDescriptor(to_, command.DumpPython() + "\n") != 0) return "it has ended";
  std::string answer;
  char letter = 0;
  while (read(from_, &letter, 1) == 1 && letter != '\n') answer += letter;
  return answer;
}

}  // namespace metaxy::testing
