// metaxy init
#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/commands/init_files.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

struct NewFile {
  const char* name;
  std::string text;
};

// A project name derived from the directory: invalid characters become '-'.
std::string ProjectNameOf(const fs::path& directory) {
  std::error_code code;
  const fs::path whole = fs::weakly_canonical(directory, code);
  std::string name;
  for (char c : (code ? directory : whole).filename().string()) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (fits) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "project" : name;
}

arrow::Status CheckProjectName(const std::string& name) {
  const bool fits = !name.empty() && name.find("__") == std::string::npos &&
                    name.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_-") == std::string::npos;
  if (fits) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} is not a valid project name; use letters, digits, '-' and single '_'",
                  Quote(name)));
}

std::string WithProject(std::string config, const std::string& project) {
  constexpr std::string_view kLine = "project = \"quickstart\"";
  const size_t at = config.find(kLine);
  return config.replace(at, kLine.size(), fmt::format("project = \"{}\"", project));
}

arrow::Status WriteNew(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return arrow::Status::OK();
  return MakeError(ErrorCode::kIo, fmt::format("cannot write {}: {}", Quote(path.string()),
                                               std::strerror(errno != 0 ? errno : EIO)));
}

void PrintNextSteps(Output& output, const std::string& directory) {
  output.PrintLine();
  output.PrintLine("Next:");
  if (directory != ".") output.PrintLine("  cd " + directory);
  for (const char* line :
       {"metaxy graph render", "metaxy metadata write example/video --from videos.jsonl",
        "metaxy metadata resolve example/transcript --to todo",
        "metaxy metadata write example/transcript --from todo/new.parquet",
        "metaxy metadata status --all-features"}) {
    output.PrintLine(std::string("  ") + line);
  }
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::string name = arguments.Text("DIRECTORY").value_or(".");
  const fs::path directory = name;
  const std::string project = arguments.Text("name").value_or(ProjectNameOf(directory));
  ARROW_RETURN_NOT_OK(CheckProjectName(project));
  const std::array files = {NewFile{"metaxy.toml", WithProject(kInitConfig, project)},
                            NewFile{"features.toml", kInitFeatures},
                            NewFile{"videos.jsonl", kInitSamples}};
  for (const NewFile& file : files) {
    std::error_code code;
    if (!fs::exists(directory / file.name, code)) continue;
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("{} already exists; `init` does not overwrite files, so name another directory",
                    Quote((directory / file.name).lexically_normal().string())));
  }
  const bool dry_run = arguments.Flag("dry-run");
  std::error_code code;
  if (!dry_run) fs::create_directories(directory, code);
  if (code) {
    return MakeError(ErrorCode::kIo, fmt::format("cannot create the directory {}: {}", Quote(name),
                                                 code.message()));
  }
  Output& output = context.output();
  Json::Array written;
  for (const NewFile& file : files) {
    const fs::path path = (directory / file.name).lexically_normal();
    if (!dry_run) ARROW_RETURN_NOT_OK(WriteNew(path, file.text));
    written.emplace_back(path.string());
    if (!arguments.json()) output.PrintLine((dry_run ? "would write " : "wrote ") + path.string());
  }
  if (arguments.json()) {
    output.PrintJson(Json::Object{{"dry_run", dry_run}, {"files", std::move(written)}});
    return kDone;
  }
  if (!dry_run) PrintNextSteps(output, name);
  return kDone;
}

}  // namespace

CommandSpec InitCommand() {
  using Kind = OptionSpec::Kind;
  return {
      nullptr,
      "init",
      nullptr,
      "Create a small example project that runs immediately",
      {{.name = "DIRECTORY",
        .kind = Kind::kText,
        .help = "the project's directory, created if it does not exist (default: the current one)",
        .takes = OptionSpec::Takes::kDirectory},
       {"--name", Kind::kText, "the project's name (default: that of the directory)"},
       {"--dry-run", Kind::kFlag, "only print which files would be written"},
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
