// metaxy init
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/init/new_project.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

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

arrow::Status WriteNew(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return arrow::Status::OK();
  return MakeError(ErrorCode::kIo,
                   fmt::format("cannot write {}: {}; name a directory that you may "
                               "write to",
                               Quote(path.string()), std::strerror(errno != 0 ? errno : EIO)));
}

void PrintNextSteps(Output& output, const std::string& directory, const NewProject& project) {
  output.PrintLine();
  output.PrintLine("Next:");
  if (directory != ".") output.PrintLine("  cd " + directory);
  for (const std::string& line : project.next) output.PrintLine("  " + line);
}

// Only with none of the options that answer a question.
bool MayAsk(Output& output, const Arguments& arguments) {
  for (const char* option : {"DIRECTORY", "from", "id-columns", "name", "dry-run"})
    if (arguments.Has(option)) return false;
  return output.can_ask();
}

std::vector<std::string> SplitAtCommas(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) {
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      if (end > begin) parts.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return parts;
}

arrow::Result<ProjectRequest> RequestOf(Context& context, const Arguments& arguments) {
  if (MayAsk(context.output(), arguments)) return AskWhatThereIs(&context.output());
  ProjectRequest request{.directory = arguments.Text("DIRECTORY").value_or("."),
                         .name = arguments.Text("name").value_or(""),
                         .from = arguments.Text("from"),
                         .id_columns = SplitAtCommas(arguments.Texts("id-columns"))};
  if (!request.from && arguments.Has("id-columns")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--id-columns describes the table of --from, which is missing");
  }
  return request;
}

arrow::Result<NewProject> ProjectFor(Context& context, const ProjectRequest& request) {
  if (!request.from) return ExampleProject(request);
  std::error_code code;
  const fs::file_status status = fs::status(*request.from, code);
  if (fs::is_directory(status)) return FolderProject(request);
  if (fs::is_regular_file(status)) return TableProject(request, context.execution().stop_token);
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("--from: there is no folder and no file {}; check its name",
                               Quote(*request.from)));
}

// What is there is never overwritten.
arrow::Status CheckNew(const fs::path& directory, const NewProject& project) {
  for (const auto& [name, text] : project.files) {
    std::error_code code;
    if (!fs::exists(fs::symlink_status(directory / name, code))) continue;
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("{} already exists; `init` does not overwrite files, so name another directory",
                    Quote((directory / name).lexically_normal().string())));
  }
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(ProjectRequest request, RequestOf(context, arguments));
  const fs::path directory = request.directory;
  if (request.name.empty() && !arguments.Has("name")) request.name = ProjectNameOf(directory);
  ARROW_RETURN_NOT_OK(CheckProjectName(request.name));
  ARROW_ASSIGN_OR_RAISE(const NewProject project, ProjectFor(context, request));
  ARROW_RETURN_NOT_OK(CheckNew(directory, project));
  const bool dry_run = arguments.Flag("dry-run");
  std::error_code code;
  if (!dry_run) fs::create_directories(directory, code);
  if (code) {
    return MakeError(ErrorCode::kIo,
                     fmt::format("cannot create the directory {}: {}; name another one",
                                 Quote(request.directory), code.message()));
  }
  Output& output = context.output();
  Json::Array written;
  if (!arguments.json()) {
    for (const std::string& note : project.notes) output.Note(note);
  }
  for (const auto& [name, text] : project.files) {
    const fs::path path = (directory / name).lexically_normal();
    if (!dry_run) ARROW_RETURN_NOT_OK(WriteNew(path, text));
    written.emplace_back(path.string());
    if (!arguments.json()) output.PrintLine((dry_run ? "would write " : "wrote ") + path.string());
  }
  if (arguments.json()) {
    output.PrintJson(Json::Object{{"dry_run", dry_run}, {"files", std::move(written)}});
    return kDone;
  }
  if (!dry_run) PrintNextSteps(output, request.directory, project);
  return kDone;
}

}  // namespace

CommandSpec InitCommand() {
  using Kind = OptionSpec::Kind;
  return {
      nullptr,
      "init",
      nullptr,
      "Create a project: of a folder of files, of a table, or as an example",
      {{.name = "DIRECTORY",
        .kind = Kind::kText,
        .help = "the project's directory, created if it does not exist (default: the current one)",
        .takes = OptionSpec::Takes::kDirectory},
       {.name = "--from",
        .kind = Kind::kText,
        .help = "a folder of files, or a table: .parquet, .arrow, .csv, .jsonl (default: asks on a "
                "terminal if no option is given, otherwise an example)",
        .takes = OptionSpec::Takes::kFile},
       {.name = "--id-columns",
        .kind = Kind::kTexts,
        .help = "the columns that identify the rows of the table, separated by commas (default: "
                "found)",
        .takes = OptionSpec::Takes::kColumns},
       {"--name", Kind::kText, "the project's name (default: that of the directory)"},
       {"--dry-run", Kind::kFlag, "only print which files would be written"},
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
