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

// Reads the file, and says what would be written.
arrow::Status Preview(Context& context, MetadataStore& store, const FeatureSpec& feature,
                      const FrameSource& source) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatchReader> rows, source.Read());
  for (const std::string& column : feature.id_columns) {
    if (source.is_empty_text() || rows->schema()->GetFieldIndex(column) >= 0) continue;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the rows of {} have no id column '{}'; {} needs it",
                                 source.name(), column, feature.key.ToString()));
  }
  CountingReader counted(rows, &context.output(), "read");
  std::shared_ptr<arrow::RecordBatch> batch;
  do {
    ARROW_RETURN_NOT_OK(counted.ReadNext(&batch));
  } while (batch != nullptr);
  context.output().Note(fmt::format("{}: would write {} row{} to {}", feature.key.ToString(),
                                    counted.rows(), counted.rows() == 1 ? "" : "s",
                                    store.display()));
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
    ARROW_RETURN_NOT_OK(Preview(context, *store, plan.feature(), *source));
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
       {"--dry-run", Kind::kFlag, "only read the file and say how many rows there are"}},
      Run};
}

}  // namespace metaxy::cli
