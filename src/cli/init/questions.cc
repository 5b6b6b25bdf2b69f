// The questions of `metaxy init` on a terminal
#include <cstdlib>

#include "cli/init/new_project.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

arrow::Result<std::string> Answer(Output* output, const char* question, const char* otherwise) {
  while (true) {
    std::optional<std::string> answer = output->AskFor(question, otherwise);
    if (!answer) {
      return MakeError(ErrorCode::kInvalidInput,
                       "the questions were not answered, and nothing was written; `metaxy init "
                       "--help` lists the options that answer them");
    }
    if (!answer->empty()) return *std::move(answer);
  }
}

// A path as somebody types it where no shell expands it.
arrow::Result<std::string> PathAnswer(Output* output, const char* question, const char* otherwise) {
  ARROW_ASSIGN_OR_RAISE(std::string path, Answer(output, question, otherwise));
  const char* home = std::getenv("HOME");
  if (home != nullptr && (path == "~" || path.starts_with("~/"))) path.replace(0, 1, home);
  return path;
}

}  // namespace

arrow::Result<ProjectRequest> AskWhatThereIs(Output* output) {
  output->Note("What do you have?");
  output->Note("  1  a folder of files: pictures, videos, documents");
  output->Note("  2  a table: CSV, Parquet, JSON lines or Arrow");
  output->Note("  3  nothing yet: an example to look at");
  ProjectRequest request;
  std::string choice;
  while (choice != "1" && choice != "2" && choice != "3") {
    ARROW_ASSIGN_OR_RAISE(choice, Answer(output, "1, 2 or 3", "3"));
  }
  if (choice == "1") {
    ARROW_ASSIGN_OR_RAISE(request.from, PathAnswer(output, "the folder", ""));
  } else if (choice == "2") {
    ARROW_ASSIGN_OR_RAISE(request.from, PathAnswer(output, "the file", ""));
  }
  ARROW_ASSIGN_OR_RAISE(request.directory,
                        PathAnswer(output, "the directory of the new project", "."));
  return request;
}

}  // namespace metaxy::cli
