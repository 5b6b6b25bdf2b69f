// metaxy lock
#include <fmt/core.h>

#include <filesystem>
#include <map>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

// The changes, by project, then by key.
std::map<std::string, std::map<std::string, std::string>> Lines(const LockFileResult& result) {
  std::map<std::string, std::map<std::string, std::string>> lines;
  for (const LockedFeatureChange& change : result.added)
    lines[change.project][change.key] = fmt::format("+ {} ({})", change.key, change.version);
  for (const LockedFeatureChange& change : result.removed)
    lines[change.project][change.key] = fmt::format("- {} ({})", change.key, change.version);
  for (const LockedFeatureUpdate& update : result.updated) {
    lines[update.project][update.key] =
        update.metadata_only()
            ? fmt::format("~ {} ({}, the version is unchanged)", update.key, update.new_version)
            : fmt::format("~ {} ({} -> {})", update.key, update.old_version, update.new_version);
  }
  return lines;
}

void Report(Output& output, const LockFileResult& result, const std::string& store, bool dry_run) {
  std::error_code code;
  const std::filesystem::path here = std::filesystem::current_path(code);
  std::filesystem::path shown = result.path.lexically_proximate(here);
  if (code || shown.native().rfind("..", 0) == 0) shown = result.path;
  if (!result.changed()) {
    output.Note(fmt::format("lock file {} is up to date", shown.string()));
    return;
  }
  const auto by_project = Lines(result);
  for (const auto& [project, lines] : by_project) {
    if (by_project.size() > 1) output.Note(project);
    for (const auto& [key, line] : lines) output.Note(line);
  }
  output.Note(
      fmt::format("{} {} from {}", dry_run ? "would update" : "updated", shown.string(), store));
}

Json ToJson(const LockFileResult& result, bool dry_run) {
  const auto changes = [](const std::vector<LockedFeatureChange>& features) {
    Json::Array list;
    for (const LockedFeatureChange& change : features) {
      list.emplace_back(Json::Object{
          {"feature", change.key}, {"project", change.project}, {"version", change.version}});
    }
    return list;
  };
  Json::Array updated;
  for (const LockedFeatureUpdate& update : result.updated) {
    updated.emplace_back(Json::Object{{"feature", update.key},
                                      {"project", update.project},
                                      {"old_version", update.old_version},
                                      {"new_version", update.new_version}});
  }
  return Json::Object{{"path", result.path.string()},       {"dry_run", dry_run},
                      {"changed", result.changed()},        {"added", changes(result.added)},
                      {"updated", std::move(updated)},      {"removed", changes(result.removed)},
                      {"unchanged", result.unchanged_count}};
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_RETURN_NOT_OK(context.RefuseOtherProjects("lock"));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProjectForLock());
  LockOptions options{.dry_run = arguments.Flag("dry-run"), .execution = context.execution()};
  if (std::optional<std::string> output = arguments.Text("output"); output && !output->empty()) {
    std::error_code code;
    options.output = std::filesystem::absolute(*output, code);
    if (code) options.output = *output;
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        project->GetStore(arguments.Text("store")));
  const arrow::Result<LockFileResult> result = project->Lock(*store, options);
  if (IsError(result.status(), ErrorCode::kFeatureNotFound)) {
    // Not a mistake in this project: the completeness check has failed.
    context.Refuse(arguments.json(), JsonErrorCode(ErrorCode::kFeatureNotFound),
                   result.status().message());
    return kCheckFailed;
  }
  ARROW_RETURN_NOT_OK(result.status());
  if (arguments.json()) context.output().PrintJson(ToJson(*result, options.dry_run));
  Report(context.output(), *result, StoreText(*store), options.dry_run);
  return kDone;
}

}  // namespace

CommandSpec LockCommand() {
  return {nullptr,
          "lock",
          nullptr,
          "Write metaxy.lock: the definitions of other projects' features that this one uses",
          {StoreOption(),
           {.name = "-o,--output",
            .kind = OptionSpec::Kind::kText,
            .help = "the file to write (default: metaxy.lock next to the configuration)",
            .takes = OptionSpec::Takes::kFile},
           {"--dry-run", OptionSpec::Kind::kFlag, "only print what would change"},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
