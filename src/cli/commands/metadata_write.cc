// metaxy metadata write
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/frame_reader.h"
#include "cli/input/stored_columns.h"
#include "cli/output/counting_reader.h"

namespace metaxy::cli {

namespace {

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

std::string Rows(int64_t count) { return fmt::format("{} row{}", count, count == 1 ? "" : "s"); }

void PrintJson(Output& output, const FeatureKey& feature, const WriteResult& result, bool dry_run) {
  output.PrintJson(
      Json::Object{{"feature", feature.ToString()},
                   {"dry_run", dry_run},
                   {"rows", result.rows},
                   {"version", result.version ? Json(*result.version) : Json(nullptr)}});
}

// Reads the file, checks everything that a write would refuse, and reports what would be written.
arrow::Status Preview(Context& context, MetadataStore& store, const FeatureKey& feature,
                      const FrameSource& source, const WriteOptions& options, bool json) {
  int64_t count = 0;
  if (!source.is_empty_text()) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
    const auto counted =
        std::make_shared<CountingReader>(std::move(rows), &context.output(), "read");
    ARROW_RETURN_NOT_OK(store.CheckWrite(feature, counted, options));
    count = counted->rows();
  }
  if (json) PrintJson(context.output(), feature, {.rows = count}, /*dry_run=*/true);
  context.output().Note(
      fmt::format("{}: would write {} to {}", feature.ToString(), Rows(count), store.display()));
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, project->graph()->GetFeaturePlan(feature));
  // An unreadable file is detected before the store is touched.
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenFrames(arguments, "from", plan.feature(),
                                                      context.execution().stop_token));
  WriteOptions options;
  options.materialization_id = arguments.Text("materialization-id");
  options.preserve_feature_version = arguments.Flag("preserve-feature-version");
  options.execution = context.execution();
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  ARROW_RETURN_NOT_OK(UseStoredColumns(*store, feature, source.get()));
  if (dry_run) {
    ARROW_RETURN_NOT_OK(Preview(context, *store, feature, *source, options, arguments.json()));
    return kDone;
  }
  ARROW_ASSIGN_OR_RAISE(const WriteResult written,
                        Append(context, *store, feature, *source, options));
  context.Committed(fmt::format("{}: {}", feature.ToString(), Rows(written.rows)));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) PrintJson(context.output(), feature, written, /*dry_run=*/false);
  context.output().Note(
      fmt::format("{}: wrote {} to {}", feature.ToString(), Rows(written.rows), store->display()));
  return kDone;
}

}  // namespace

CommandSpec MetadataWriteCommand() {
  using Kind = OptionSpec::Kind;
  return {
      "metadata",
      "write",
      nullptr,
      "Append the rows of a file to a feature",
      {FeatureArgument(),
       {.name = "--from",
        .kind = Kind::kText,
        .help =
            "the file: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl, also with .gz or .zst; - "
            "for standard input",
        .required = true,
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
