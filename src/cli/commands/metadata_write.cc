// metaxy metadata write
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/frame_reader.h"
#include "cli/input/stored_columns.h"
#include "cli/output/counting_reader.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

using internal::Counted;

// Appends the file. If another process creates the same table at the same time, the file is read a
// second time; no rows are lost.
arrow::Result<WriteResult> Append(Context& context, MetadataStore& store, const FeatureKey& feature,
                                  const FrameSource& source, const WriteOptions& options) {
  // Without rows a text file says nothing about types for a table.
  if (source.is_empty_text()) return WriteResult{};
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
    auto counted = std::make_shared<CountingReader>(std::move(rows), &context.output(), "written");
    const arrow::Result<WriteResult> written = store.Write(feature, counted, options);
    if (written.ok()) return written;
    const bool conflict =
        IsError(written.status(), ErrorCode::kCommitConflict) && IsRetryable(written.status());
    if (!conflict || attempt == kAttempts) return written.status();
  }
}

void PrintJson(Output& output, const FeatureKey& feature, const WriteResult& result,
               std::optional<int64_t> failures, bool dry_run) {
  Json json = Json::Object{{"feature", feature.ToString()},
                           {"dry_run", dry_run},
                           {"rows", result.rows},
                           {"version", result.version ? Json(*result.version) : Json(nullptr)}};
  if (failures) json.Set("failures", *failures);
  output.PrintJson(std::move(json));
}

// The types of ids are those of the feature, or of its parents as long as it has no rows.
arrow::Status UseTypesOfSamples(MetadataStore& store, const FeatureSpec& feature,
                                FrameSource* source) {
  ARROW_ASSIGN_OR_RAISE(const bool written, store.HasFeature(feature.key));
  if (written || feature.deps.empty()) return UseStoredColumns(store, feature.key, source);
  return UseStoredColumns(store, feature.deps.front().feature, source);
}

// The file of --failures; null if there is none, or it is empty.
arrow::Result<std::shared_ptr<arrow::Table>> ReadFailed(MetadataStore& store,
                                                        const FeatureSpec& feature,
                                                        FrameSource* source) {
  if (source == nullptr || source->is_empty_text()) return nullptr;
  ARROW_RETURN_NOT_OK(UseTypesOfSamples(store, feature, source));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  return rows->ToTable();
}

// Reads the file, and checks everything that a write would refuse. Returns how many rows it has.
arrow::Result<int64_t> Preview(Context& context, MetadataStore& store, const FeatureKey& feature,
                               const FrameSource& source, const WriteOptions& options) {
  if (source.is_empty_text()) return 0;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
  const auto counted = std::make_shared<CountingReader>(std::move(rows), &context.output(), "read");
  ARROW_RETURN_NOT_OK(store.CheckWrite(feature, counted, options));
  return counted->rows();
}

// What is written: rows, failures, or both.
std::string Written(bool rows, int64_t count, std::optional<int64_t> failures) {
  std::string text = rows ? Counted(count, "row") : "";
  if (failures) text += (text.empty() ? "" : " and ") + Counted(*failures, "failure");
  return text;
}

// The sources of a write, opened before the store is touched.
struct Sources {
  std::shared_ptr<FrameSource> rows;
  std::shared_ptr<FrameSource> failures;
};

arrow::Result<Sources> OpenSources(Context& context, const Arguments& arguments,
                                   const FeatureSpec& feature) {
  Sources sources;
  if (arguments.Has("from")) {
    ARROW_ASSIGN_OR_RAISE(sources.rows,
                          OpenFrames(arguments, "from", feature, context.execution().stop_token));
  }
  if (const std::optional<std::string> path = arguments.Text("failures")) {
    ARROW_ASSIGN_OR_RAISE(sources.failures,
                          FrameSource::Open(*path, context.execution().stop_token));
  }
  return sources;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  if (!arguments.Has("from") && !arguments.Has("failures")) {
    return MakeError(
        ErrorCode::kInvalidInput,
        "--from is required: the file with the rows; or --failures, the file with what "
        "could not be computed");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, project->graph()->GetFeaturePlan(feature));
  ARROW_ASSIGN_OR_RAISE(const Sources sources, OpenSources(context, arguments, plan.feature()));
  const std::shared_ptr<FrameSource>& source = sources.rows;
  WriteOptions options;
  options.materialization_id = arguments.Text("materialization-id");
  options.preserve_feature_version = arguments.Flag("preserve-feature-version");
  options.execution = context.execution();
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  RecordFailuresOptions record{.materialization_id = options.materialization_id,
                               .dry_run = true,
                               .execution = options.execution};
  std::optional<int64_t> recorded;
  ARROW_ASSIGN_OR_RAISE(const auto failed,
                        ReadFailed(*store, plan.feature(), sources.failures.get()));
  // What is wrong with the failures is found out while no row is written yet.
  if (sources.failures) recorded = 0;
  if (failed) {
    ARROW_ASSIGN_OR_RAISE(recorded, store->failures().Record(feature, failed, record));
  }
  if (source) ARROW_RETURN_NOT_OK(UseStoredColumns(*store, feature, source.get()));
  WriteResult written;
  if (dry_run) {
    if (source) {
      ARROW_ASSIGN_OR_RAISE(written.rows, Preview(context, *store, feature, *source, options));
    }
    if (arguments.json()) PrintJson(context.output(), feature, written, recorded, /*dry_run=*/true);
    context.output().Note(fmt::format("{}: would write {} to {}", feature.ToString(),
                                      Written(source != nullptr, written.rows, recorded),
                                      StoreText(*store)));
    return kDone;
  }
  if (source) {
    ARROW_ASSIGN_OR_RAISE(written, Append(context, *store, feature, *source, options));
    context.Committed(fmt::format("{}: {}", feature.ToString(), Counted(written.rows, "row")));
  }
  if (failed) {
    record.dry_run = false;
    ARROW_ASSIGN_OR_RAISE(recorded, store->failures().Record(feature, failed, record));
    context.Committed(fmt::format("{}: {}", feature.ToString(), Counted(*recorded, "failure")));
  }
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) PrintJson(context.output(), feature, written, recorded, /*dry_run=*/false);
  context.output().Note(fmt::format("{}: wrote {} to {}", feature.ToString(),
                                    Written(source != nullptr, written.rows, recorded),
                                    StoreText(*store)));
  return kDone;
}

}  // namespace

CommandSpec MetadataWriteCommand() {
  using Kind = OptionSpec::Kind;
  return {
      "metadata",
      "write",
      nullptr,
      "Append the rows of a file to a feature, or record what failed",
      {FeatureArgument(),
       {.name = "--from",
        .kind = Kind::kText,
        .help =
            "the file: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl, also with .gz or .zst; - "
            "for standard input",
        .takes = OptionSpec::Takes::kFile},
       {.name = "--failures",
        .kind = Kind::kText,
        .help = "a file with the samples that could not be computed: their id columns and "
                "metaxy_provenance as in the increment, metaxy_failure_kind, "
                "metaxy_failure_message",
        .takes = OptionSpec::Takes::kFile},
       ProvenanceOption(),
       StoreOption(),
       {"--materialization-id", Kind::kText, "recorded with every row"},
       {"--preserve-feature-version", Kind::kFlag,
        "keep the feature and project versions of the rows"},
       {"--dry-run", Kind::kFlag,
        "read the file, look for all that a write would refuse, and write nothing"},
       MemoryLimitOption(),
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
