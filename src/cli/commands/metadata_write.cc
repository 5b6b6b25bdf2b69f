// metaxy metadata write
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/counting_reader.h"
#include "cli/frame_reader.h"

namespace metaxy::cli {

namespace {

// Appends the file. Another process that creates the same table at the same moment costs a second
// reading of the file, no rows.
arrow::Result<WriteResult> Append(Context& context, MetadataStore& store, const FeatureKey& feature,
                                  const std::string& file, const WriteOptions& options) {
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, OpenFrames(file));
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

// Reads the file, and says what would be written.
arrow::Status Preview(Context& context, const FeaturePlan& plan, const std::string& file,
                      const std::string& store, bool json) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatchReader> rows, OpenFrames(file));
  for (const std::string& column : plan.feature().id_columns) {
    if (rows->schema()->GetFieldIndex(column) >= 0) continue;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the rows of {} have no id column '{}'; {} needs it", file, column,
                                 plan.feature().key.ToString()));
  }
  CountingReader counted(rows, &context.output(), "read");
  std::shared_ptr<arrow::RecordBatch> batch;
  do {
    ARROW_RETURN_NOT_OK(counted.ReadNext(&batch));
  } while (batch != nullptr);
  const FeatureKey& feature = plan.feature().key;
  if (json) PrintJson(context.output(), feature, {.rows = counted.rows()}, /*dry_run=*/true);
  context.output().Note(
      fmt::format("{}: would write {} to {}", feature.ToString(), Rows(counted.rows()), store));
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  const std::string file = *arguments.Text("from");
  // A file that cannot be read is found out before the store is touched.
  ARROW_RETURN_NOT_OK(OpenFrames(file).status());
  if (arguments.Flag("dry-run")) {
    ARROW_ASSIGN_OR_RAISE(const auto target, project->GetStore(arguments.Text("store")));
    ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, project->graph()->GetFeaturePlan(feature));
    ARROW_RETURN_NOT_OK(Preview(context, plan, file, target->display(), arguments.json()));
    return kDone;
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  WriteOptions options;
  options.materialization_id = arguments.Text("materialization-id");
  options.preserve_feature_version = arguments.Flag("preserve-feature-version");
  options.execution = context.execution();
  ARROW_ASSIGN_OR_RAISE(const WriteResult written, Append(context, *store, feature, file, options));
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
  return {"metadata",
          "write",
          nullptr,
          "Append the rows of a file to a feature",
          {FeatureArgument(),
           {"--from",
            Kind::kText,
            "the file: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl",
            true,
            {},
            OptionSpec::Takes::kFile},
           StoreOption(),
           {"--materialization-id", Kind::kText, "noted with every row"},
           {"--preserve-feature-version", Kind::kFlag,
            "keep the feature and project versions that the rows have"},
           {"--dry-run", Kind::kFlag, "only read the file and say how many rows there are"},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
