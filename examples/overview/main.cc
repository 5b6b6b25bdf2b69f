// The example's program. Works in the current directory, which contains metaxy.toml and photos/;
// run.sh creates one.

#include <charconv>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "account.h"
#include "camera_roll.h"
#include "pipeline.h"
#include "story.h"

namespace {

constexpr const char* kUsage =
    R"(usage: overview run            bring all features up to date with photos/, once
       overview story          the whole demo: seven runs, with a change before each
       overview import DIR     fill photos/ with the photographs of a directory
       overview generate N     fill photos/ with N drawn landscapes
)";

arrow::Status Run() {
  ARROW_ASSIGN_OR_RAISE(overview::RunReport run,
                        overview::RunPipeline(overview::CodeVersions::Latest()));
  overview::PrintRun(run);
  return arrow::Status::OK();
}

arrow::Status Import(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(int count, overview::ImportPhotos(directory, "photos"));
  if (count == 0) return arrow::Status::Invalid(directory, " has no JPEG pictures");
  return arrow::Status::OK();
}

arrow::Status Generate(const std::string& count) {
  int photos = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), photos);
  if (error != std::errc() || *end != '\0' || photos < 1) {
    return arrow::Status::Invalid("generate needs a positive number, not ", count);
  }
  return overview::GeneratePhotos(photos, "photos");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string command = words.empty() ? "" : words[0];
  arrow::Status status;
  if (command == "run" && words.size() == 1) {
    status = Run();
  } else if (command == "story" && words.size() == 1) {
    status = overview::TellStory();
  } else if (command == "import" && words.size() == 2) {
    status = Import(words[1]);
  } else if (command == "generate" && words.size() == 2) {
    status = Generate(words[1]);
  } else {
    std::cerr << kUsage;
    return 2;
  }
  if (!status.ok()) {
    std::cerr << "overview: " << status.message() << "\n";
    return 1;
  }
  return 0;
}
