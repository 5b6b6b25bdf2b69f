// metaxy metadata write
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/counting_reader.h"
#include "cli/frame_reader.h"
#include "cli/input/stored_columns.h"

namespace metaxy::cli {

namespace {

// Appends the file. Another process that creates the same table at the same moment costs a second
// reading of the file, no rows.
arrow::Result<int64_t> Append(Context& context, MetadataStore& store, const FeatureKey& feature,
                              const FrameSource& source, const WriteOptions& options) {
  // Without rows a text says nothing about types that a table could be given.
  if (source.is_empty_text()) return 0;
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
    auto counted = std::make_shared<CountingReader>(std::move(rows), &context.output(), "written");
    const arrow::Status status = store.Write(feature, counted, options);
    if (status.ok()) return counted->rows();
    const bool conflict = IsError(status, ErrorCode::kCommitConflict) && IsRetryable(status);
    if (!conflict || attempt == kAttempts) return status;
  }
}

// Reads the file, looks for all that a write would refuse, and says what would be written.
arrow::Status Preview(Context& context, MetadataStore& store, const FeatureKey& feature,
                      const FrameSource& source, const WriteOptions& options) {
  int64_t count = 0;
  if (!source.is_empty_text()) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
    const auto counted =
        std::make_shared<CountingReader>(std::move(rows), &context.output(), "read");
    ARROW_RETURN_NOT_OK(store.CheckWrite(feature, counted, options));
    count = counted->rows();
  }
  context.output().Note(fmt::format("{}: would write {} row{} to {}", feature.ToString(), count,
                                    count == 1 ? "" : "s", store.display()));
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, project->graph()->GetFeaturePlan(feature));
  // A file that cannot be read is found out before the store is touched.
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenFrames(arguments, "from", plan.feature()));
  WriteOptions options;
  options.materialization_id = arguments.Text("materialization-id");
  options.preserve_feature_version = arguments.Flag("preserve-feature-version");
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  ARROW_RETURN_NOT_OK(UseStoredColumns(*store, feature, source.get()));
  if (dry_run) {
    ARROW_RETURN_NOT_OK(Preview(context, *store, feature, *source, options));
    return kDone;
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t count, Append(context, *store, feature, *source, options));
  ARROW_RETURN_NOT_OK(store->Close());
  context.output().Note(fmt::format("{}: wrote {} row{} to {}", feature.ToString(), count,
                                    count == 1 ? "" : "s", store->display()));
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
      {{"FEATURE", Kind::kText, "the feature's key", true},
       {"--from", Kind::kText,
        "the file: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl, also with .gz or .zst; - for "
        "standard input",
        true},
       ProvenanceOption(),
       StoreOption(),
       {"--materialization-id", Kind::kText, "noted with every row"},
       {"--preserve-feature-version", Kind::kFlag,
        "keep the feature and project versions that the rows have"},
       {"--dry-run", Kind::kFlag,
        "read the file, look for all that a write would refuse, and write nothing"}},
      Run};
}

}  // namespace metaxy::cli
