// Pager: long output on a terminal goes through $PAGER.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>

namespace metaxy::cli {

/// \brief A pager whose standard input stands in the place of a stream, until Finish().
class Pager {
 public:
  /// \brief Starts $PAGER, or less if it is not set. `std::nullopt` if it is empty or "cat", if the
  /// terminal is dumb, or if the program does not exist.
  static std::optional<Pager> Start(std::FILE* stream);

  Pager(Pager&& other) noexcept;
  Pager& operator=(Pager&&) = delete;
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;
  ~Pager() { Finish(); }

  /// \brief Gives the stream back and waits until the reader has seen enough.
  void Finish();

 private:
  Pager(std::FILE* stream, int saved, pid_t child, void (*on_broken_pipe)(int))
      : stream_(stream), saved_(saved), child_(child), on_broken_pipe_(on_broken_pipe) {}

  std::FILE* stream_;
  int saved_;  // what the stream wrote to before
  pid_t child_;
  void (*on_broken_pipe_)(int);  // what SIGPIPE did before
};

}  // namespace metaxy::cli
