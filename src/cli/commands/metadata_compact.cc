// metaxy metadata compact
#include <fmt/core.h>

#include <algorithm>

#include "base/age.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/table_statistics.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

struct Compacted {
  FeatureKey feature;
  CompactResult result;
};

arrow::Result<CompactOptions> OptionsOf(Context& context, const Arguments& arguments) {
  CompactOptions options{.execution = context.execution()};
  options.dry_run = arguments.Flag("dry-run");
  if (const auto age = arguments.Text("older-than")) {
    const auto parsed = internal::ParseAge(*age);
    if (!parsed.ok()) return WithContext(parsed.status(), "--older-than");
    options.keep_versions_for = *parsed;
  }
  if (const auto age = arguments.Text("drop-deleted-older-than")) {
    const auto parsed = internal::ParseAge(*age);
    if (!parsed.ok()) return WithContext(parsed.status(), "--drop-deleted-older-than");
    options.drop_deleted_older_than = *parsed;
  }
  if (const auto bytes = arguments.Size("target-bytes")) options.target_bytes = *bytes;
  if (const auto rows = arguments.Number("target-rows")) options.target_rows = *rows;
  options.keep_history = arguments.Number("keep-history");
  return options;
}

Json ToJson(const Compacted& compacted) {
  const CompactResult& result = compacted.result;
  return Json::Object{{"feature", compacted.feature.ToString()},
                      {"fragments_merged", result.fragments_merged},
                      {"fragments_written", result.fragments_written},
                      {"versions_removed", result.versions_removed},
                      {"bytes_removed", result.bytes_removed},
                      {"history_rows_removed", result.history_rows_removed},
                      {"deleted_rows_removed", result.deleted_rows_removed},
                      {"before", StatisticsToJson(result.before)},
                      {"after", StatisticsToJson(result.after)}};
}

std::string Change(const std::string& before, const std::string& after, bool dry_run) {
  return dry_run || before == after ? before : before + " -> " + after;
}

void PrintPlain(Output& output, const std::vector<Compacted>& all, bool dry_run) {
  TextTable table;
  table.AddColumn("Feature");
  for (const char* title : {"Merged", "Rows removed", "Versions removed", "Files", "Size"})
    table.AddColumn(title, TextTable::Align::kRight);
  for (const Compacted& compacted : all) {
    const CompactResult& result = compacted.result;
    const std::string merged =
        dry_run || result.fragments_merged == 0
            ? std::to_string(result.fragments_merged)
            : fmt::format("{} into {}", result.fragments_merged, result.fragments_written);
    table.AddRow(
        {{compacted.feature.ToString(), Style::kCyan},
         {merged},
         {std::to_string(result.history_rows_removed + result.deleted_rows_removed)},
         {std::to_string(result.versions_removed)},
         {Change(NumberText(FilesOf(result.before)), NumberText(FilesOf(result.after)), dry_run)},
         {Change(SizeText(BytesOf(result.before)), SizeText(BytesOf(result.after)), dry_run)}});
  }
  table.Print(&output);
  if (dry_run) output.Note("nothing was changed (--dry-run)");
}

// What is to be compacted; with --all-features also the tables of metaxy itself, which grow like
// all others.
std::vector<FeatureKey> WithSystemTables(std::vector<FeatureKey> features, bool retention) {
  if (retention) return features;
  for (const char* table :
       {"metaxy-system/feature_versions", "metaxy-system/failures", "metaxy-system/snapshots"}) {
    const arrow::Result<FeatureKey> key = FeatureKey::Make(table);
    if (key.ok()) features.push_back(*key);
  }
  return features;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const CompactOptions options, OptionsOf(context, arguments));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty())
    return RefuseUnknown(context, arguments.json(), *project, selected.unknown);
  const bool all_features = arguments.Flag("all-features");
  const bool retention = options.keep_history || options.drop_deleted_older_than;
  if (retention && !options.dry_run && !arguments.Flag("yes") &&
      context.output().Ask("Permanently remove rows of the history? (--dry-run counts them)") ==
          std::optional<bool>(false)) {
    context.output().Note("nothing was removed");
    return kCheckFailed;
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(options.dry_run ? AccessMode::kRead : AccessMode::kWrite,
                                          arguments.Text("store")));
  std::vector<Compacted> all;
  const auto features = all_features ? WithSystemTables(selected.known, retention) : selected.known;
  for (const FeatureKey& feature : features) {
    context.output().Progress(
        fmt::format("{} of {}: {}", all.size() + 1, features.size(), feature.ToString()));
    arrow::Result<CompactResult> result = store->administration().CompactMetadata(feature, options);
    // Some of all features may never have been written.
    if (all_features && IsError(result.status(), ErrorCode::kFeatureNotFound)) continue;
    ARROW_RETURN_NOT_OK(result.status());
    if (!options.dry_run) context.Committed(feature.ToString() + " compacted");
    all.push_back({feature, *std::move(result)});
  }
  context.output().Progress("");
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (!arguments.json()) {
    PrintPlain(context.output(), all, options.dry_run);
    return kDone;
  }
  Json::Array list;
  for (const Compacted& compacted : all) list.push_back(ToJson(compacted));
  context.output().PrintJson(
      Json::Object{{"dry_run", options.dry_run}, {"features", std::move(list)}});
  return kDone;
}

}  // namespace

CommandSpec MetadataCompactCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           StoreOption(),
           {"--older-than", Kind::kText,
            "prune table versions older than this, such as 12h (default: 7d); the latest and "
            "tagged ones are kept"},
           {"--target-rows", Kind::kNumber,
            "compact files up to this many rows (default: 1048576)"},
           {"--target-bytes", Kind::kSize, "and up to this many bytes (default: 256MiB)"},
           {"--keep-history", Kind::kNumber,
            "keep only this many rows, the latest, of each sample and feature version"},
           {"--drop-deleted-older-than", Kind::kText,
            "remove samples that were soft-deleted longer ago than this, such as 30d"},
           {"--yes", Kind::kFlag, "do not ask before rows of the history are removed for good"},
           {"--dry-run", Kind::kFlag, "only say what would be done"},
           MemoryLimitOption(),
           FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {
      "metadata",         "compact", nullptr, "Compact small files, prune old versions and history",
      std::move(options), Run};
}

}  // namespace metaxy::cli
