// metaxy scan
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/byte_size.h"
#include "base/counted.h"
#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "cli/store_text.h"
#include "files/file_list.h"
#include "metaxy/scan_files.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

// Problems that are listed one by one; a folder of a million files may have as many.
constexpr size_t kProblemsShown = 20;
constexpr size_t kFeaturesShown = 5;

// Lists what is found, then shows how much has been read. Called by one thread at a time.
class ScanDisplay {
 public:
  ScanDisplay(Context& context, std::string feature)
      : context_(context), feature_(std::move(feature)) {}

  void Show(const FileScanProgress& progress) {
    if (progress.samples_written > written_) {
      context_.Committed(fmt::format("{}: {} rows", feature_, progress.samples_written - written_));
      written_ = progress.samples_written;
    }
    if (progress.files_to_read == 0) {
      if (!progress_) progress_.emplace(&context_.output(), "files found", std::nullopt);
      Advance(progress.files_found);
      return;
    }
    if (!is_reading_) {
      // Few large files show their progress in bytes.
      in_bytes_ = progress.bytes_to_read / progress.files_to_read > kMebibyte;
      progress_.emplace(&context_.output(), in_bytes_ ? "MiB read" : "files read",
                        in_bytes_ ? progress.bytes_to_read / kMebibyte : progress.files_to_read);
      is_reading_ = true;
    }
    Advance(in_bytes_ ? progress.bytes_read / kMebibyte : progress.files_read);
  }

  void Finish() { progress_.reset(); }

 private:
  static constexpr int64_t kMebibyte = int64_t{1} << 20;

  void Advance(int64_t to) {
    if (to > progress_->done()) progress_->Add(to - progress_->done());
  }

  Context& context_;
  std::string feature_;
  int64_t written_ = 0;
  bool is_reading_ = false;
  bool in_bytes_ = false;
  std::optional<Progress> progress_;
};

bool CanHoldFiles(const FeatureDefinition& definition) {
  return definition.spec.deps.empty() && definition.spec.id_columns.size() == 1 &&
         !definition.is_external;
}

// The feature of --feature, or the only one that files can be samples of.
arrow::Result<FeatureKey> FeatureToScan(const Arguments& arguments, const Project& project) {
  const auto graph = project.graph();
  if (const std::optional<std::string> name = arguments.Text("feature")) {
    ARROW_ASSIGN_OR_RAISE(FeatureKey key, FeatureKey::Make(*name));
    ARROW_RETURN_NOT_OK(graph->GetFeatureDefinition(key));
    return key;
  }
  std::vector<FeatureKey> roots;
  for (const FeatureKey& key : graph->ListFeatures(project.config().project))
    if (CanHoldFiles(*graph->Find(key))) roots.push_back(key);
  if (roots.size() == 1) return roots.front();
  if (roots.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     "the project has no feature for files; define one without deps and with one "
                     "id column, as `metaxy init --from DIRECTORY` does");
  }
  std::string names;
  for (size_t i = 0; i < std::min(roots.size(), kFeaturesShown); ++i)
    names += (i > 0 ? ", " : "") + roots[i].ToString();
  if (roots.size() > kFeaturesShown) names += ", ...";
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("files could be the samples of {} features ({}); name one of them "
                               "with --feature",
                               roots.size(), names));
}

// Files of the project itself, which may lie in the folder.
std::vector<fs::path> FilesOf(const MetaxyConfig& config) {
  std::vector<fs::path> files = {config.lock_file()};
  if (config.config_file()) files.push_back(*config.config_file());
  std::vector<std::string> entrypoints = config.entrypoints;
  if (const auto more = config.cpp_entrypoints(); more.ok())
    entrypoints.insert(entrypoints.end(), more->begin(), more->end());
  for (const std::string& entrypoint : entrypoints)
    files.push_back(config.ResolveEntrypoint(entrypoint));
  return files;
}

ScanFilesOptions OptionsOf(Context& context, const Arguments& arguments,
                           const MetaxyConfig& config) {
  ScanFilesOptions options{.include = arguments.Texts("include"),
                           .exclude = arguments.Texts("exclude"),
                           .hidden = arguments.Flag("hidden"),
                           .follow_links = arguments.Flag("follow-links"),
                           .skip = FilesOf(config),
                           .rehash = arguments.Flag("rehash"),
                           .delete_missing = arguments.Flag("delete-missing"),
                           .dry_run = arguments.Flag("dry-run"),
                           .materialization_id = arguments.Text("materialization-id"),
                           .execution = context.execution()};
  if (arguments.Text("version-from") == "mtime")
    options.version_from = FileVersion::kModificationTime;
  if (arguments.Text("hash") == "sha256") options.hash = FileHash::kSha256;
  return options;
}

Json ToJson(const FeatureKey& feature, const std::string& directory, bool dry_run,
            const FileScanResult& result) {
  Json::Array problems;
  for (const FileProblem& problem : result.problems) {
    problems.emplace_back(Json::Object{{"file", problem.file}, {"message", problem.text}});
  }
  return Json::Object{{"feature", feature.ToString()},
                      {"directory", directory},
                      {"dry_run", dry_run},
                      {"files", result.files},
                      {"new", result.new_samples},
                      {"changed", result.changed},
                      {"unchanged", result.unchanged},
                      {"refreshed", result.refreshed},
                      {"missing", result.missing},
                      {"deleted", result.deleted},
                      {"elsewhere", result.elsewhere},
                      {"links_skipped", result.links_skipped},
                      {"files_read", result.files_read},
                      {"bytes_read", result.bytes_read},
                      {"rows", result.samples_written},
                      {"problems", std::move(problems)}};
}

void PrintPlain(Output& output, const FeatureKey& feature, const FileScanResult& result) {
  std::string line = fmt::format("{}: {} new, {} changed, {} unchanged", feature.ToString(),
                                 result.new_samples, result.changed, result.unchanged);
  if (result.missing > result.deleted)
    line += fmt::format(", {} missing", result.missing - result.deleted);
  if (result.deleted > 0) line += fmt::format(", {} deleted", result.deleted);
  if (!result.problems.empty()) line += fmt::format(", {} not read", result.problems.size());
  output.PrintLine(line);
}

void PrintNotes(Output& output, const ScanFilesOptions& options, const std::string& store,
                const FileScanResult& result) {
  for (size_t i = 0; i < std::min(result.problems.size(), kProblemsShown); ++i)
    output.Warn(Quote(result.problems[i].file) + ": " + result.problems[i].text);
  if (result.problems.size() > kProblemsShown) {
    output.Warn(fmt::format("{} more could not be read; --format json lists them all",
                            result.problems.size() - kProblemsShown));
  }
  std::string read =
      fmt::format("{} of {} read", result.files_read, internal::Counted(result.files, "file"));
  if (result.bytes_read > 0) read += " (" + internal::FormatBytes(result.bytes_read) + ")";
  const int64_t rows = result.new_samples + result.changed + result.refreshed;
  output.Note(
      options.dry_run
          ? fmt::format("{}; would write {} to {}", read, internal::Counted(rows, "row"), store)
          : fmt::format("{}; wrote {} to {}", read,
                        internal::Counted(result.samples_written, "row"), store));
  if (result.missing > 0 && !options.delete_missing) {
    output.Note(fmt::format(
        "{} no file any more; --delete-missing deletes {}",
        result.missing == 1 ? "1 sample has" : fmt::format("{} samples have", result.missing),
        result.missing == 1 ? "it" : "them"));
  }
  if (result.missing > 0 && options.delete_missing && options.dry_run)
    output.Note(fmt::format("would delete {}", internal::Counted(result.missing, "sample")));
  if (result.elsewhere > 0) {
    output.Note(fmt::format(
        "{} from another folder, left as {}",
        result.elsewhere == 1 ? "1 sample is" : fmt::format("{} samples are", result.elsewhere),
        result.elsewhere == 1 ? "it is" : "they are"));
  }
  if (result.links_skipped > 0) {
    output.Note(fmt::format("{} to folders not followed{}",
                            internal::Counted(result.links_skipped, "link"),
                            options.follow_links ? ", which lead back to where they are"
                                                 : "; --follow-links follows them"));
  }
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const std::string directory = *arguments.Text("DIRECTORY");
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const FeatureKey feature, FeatureToScan(arguments, *project));
  ScanFilesOptions options = OptionsOf(context, arguments, project->config());
  // A store is created when it is opened for writing.
  ARROW_RETURN_NOT_OK(internal::CheckFolder(directory));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(options.dry_run ? AccessMode::kRead : AccessMode::kWrite,
                                          arguments.Text("store")));
  ScanDisplay display(context, feature.ToString());
  options.on_progress = [&](const FileScanProgress& progress) { display.Show(progress); };
  ARROW_ASSIGN_OR_RAISE(const FileScanResult result,
                        ScanFiles(*store, feature, directory, options));
  display.Finish();
  if (result.deleted > 0)
    context.Committed(fmt::format("{}: {} deleted", feature.ToString(), result.deleted));
  const std::string name = StoreText(*store);
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(ToJson(feature, directory, options.dry_run, result));
  } else {
    PrintPlain(context.output(), feature, result);
  }
  PrintNotes(context.output(), options, name, result);
  return result.problems.empty() ? kDone : kCheckFailed;
}

}  // namespace

CommandSpec ScanCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = {
      {.name = "DIRECTORY",
       .kind = Kind::kText,
       .help = "the folder with the files",
       .required = true,
       .takes = OptionSpec::Takes::kDirectory},
      {.name = "--feature",
       .kind = Kind::kText,
       .help = "the root feature that gets the samples (default: the only one with one id column)",
       .takes = OptionSpec::Takes::kFeature},
      StoreOption(),
      {.name = "--version-from",
       .kind = Kind::kChoice,
       .help = "when a file counts as changed: by its bytes, or by its size and time alone",
       .choices = {"contents", "mtime"}},
      {.name = "--hash",
       .kind = Kind::kChoice,
       .help = "how contents are hashed",
       .choices = {"xxh128", "sha256"}},
      {"--include", Kind::kTexts, "only files that match, such as '*.jpg' or 'raw/**'"},
      {"--exclude", Kind::kTexts, "no files that match, such as 'tmp/'"},
      {"--hidden", Kind::kFlag, "also files and folders whose names begin with a dot"},
      {"--follow-links", Kind::kFlag, "also what is behind links to folders"},
      {"--rehash", Kind::kFlag,
       "read every file, also those with the size and the time of the last scan"},
      {"--delete-missing", Kind::kFlag, "soft-delete the samples whose files are gone"},
      {"--materialization-id", Kind::kText, "recorded with every row"},
      {"--dry-run", Kind::kFlag, "only report what would be written and deleted"},
      MemoryLimitOption(),
      FormatOption()};
  return {nullptr,
          "scan",
          nullptr,
          "Write the samples of a root feature from the files of a folder",
          std::move(options),
          Run};
}

}  // namespace metaxy::cli
