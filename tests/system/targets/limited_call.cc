// One call of the library with a deadline, or that is stopped; says what came of it.
//
//   limited_call METAXY.TOML read|resolve|write FEATURE deadline MILLISECONDS
//   limited_call METAXY.TOML read|resolve|write FEATURE stop              # by a line on standard
//   input
//
// Prints the name of the error's code, or OK, and in the next line its message. `write` writes the
// samples "late1" and "late2" of a feature with the fields audio and frames.
#include <metaxy/metaxy.h>

#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Sample {
  std::string id, audio, frames;
};

arrow::Status Read(metaxy::MetadataStore& store, const std::string& feature,
                   const metaxy::ExecutionOptions& execution) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, store.Read(feature, {.execution = execution}));
  return rows->ToTable().status();
}

arrow::Status Resolve(metaxy::MetadataStore& store, const std::string& feature,
                      const metaxy::ExecutionOptions& execution) {
  return store.ResolveUpdate(feature, {.execution = execution}).status();
}

arrow::Status Write(metaxy::MetadataStore& store, const std::string& feature,
                    const metaxy::ExecutionOptions& execution) {
  const auto sample = metaxy::RowType<Sample>()
                          .Column("id", &Sample::id)
                          .Provenance("audio", &Sample::audio)
                          .Provenance("frames", &Sample::frames);
  ARROW_ASSIGN_OR_RAISE(
      auto rows, sample.ToTable(std::vector<Sample>{{"late1", "x", "y"}, {"late2", "x", "y"}}));
  return store.Write(feature, std::move(rows), {.execution = execution}).status();
}

arrow::Status Call(const metaxy::Project& project, const std::vector<std::string>& words,
                   const metaxy::ExecutionOptions& execution) {
  ARROW_ASSIGN_OR_RAISE(auto store,
                        project.OpenStore(metaxy::AccessMode::kWrite, std::nullopt, execution));
  if (words[1] == "read") return Read(*store, words[2], execution);
  if (words[1] == "resolve") return Resolve(*store, words[2], execution);
  return Write(*store, words[2], execution);
}

arrow::Status LimitedCall(const std::vector<std::string>& words) {
  ARROW_ASSIGN_OR_RAISE(auto project, metaxy::Project::Load({.config_file = words[0]}));
  static arrow::StopSource source;  // outlives the thread that waits for a line
  metaxy::ExecutionOptions execution;
  std::thread stopper;
  if (words[3] == "deadline") {
    execution.deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(std::stol(words[4]));
  } else {
    execution.stop_token = source.token();
    stopper = std::thread([] {
      std::string line;
      std::getline(std::cin, line);
      source.RequestStop();
    });
  }
  const arrow::Status status = Call(*project, words, execution);
  // Where the call ended by itself nobody types a line.
  if (stopper.joinable()) stopper.detach();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 4) return 2;
  const arrow::Status status = LimitedCall(words);
  const auto code = status.ok() ? "OK" : metaxy::ErrorCodeName(metaxy::GetErrorCode(status));
  std::cout << code << "\n" << status.message() << std::endl;
  // Whatever still waits for an answer ends with the process.
  std::_Exit(0);
}
