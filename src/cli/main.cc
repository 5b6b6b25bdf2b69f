#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "metaxy_build_commit.h"

int main(int argc, char** argv) {
  // Exceeding the file size limit (ulimit -f) is an error of the write, with a message.
  std::signal(SIGXFSZ, SIG_IGN);
  metaxy::cli::CatchSignals();
  try {
    metaxy::cli::Output output(stdout, stderr);
    return metaxy::cli::RunProgram(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc),
                                   &output, METAXY_BUILD_COMMIT);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "metaxy: error: %s\n", error.what());
  } catch (...) {
    std::fputs("metaxy: error: an unknown error\n", stderr);
  }
  return metaxy::cli::kStoreError;
}
