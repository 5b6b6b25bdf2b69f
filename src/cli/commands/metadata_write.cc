// metaxy metadata write
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/counting_reader.h"
#include "cli/frame_reader.h"

namespace metaxy::cli {

namespace {

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows,
                        OpenFrames(*arguments.Text("from")));
  auto counted = std::make_shared<CountingReader>(std::move(rows), &context.output(), "written");
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  WriteOptions options;
  options.materialization_id = arguments.Text("materialization-id");
  options.preserve_feature_version = arguments.Flag("preserve-feature-version");
  ARROW_RETURN_NOT_OK(store->Write(feature, counted, options));
  ARROW_RETURN_NOT_OK(store->Close());
  int64_t count = counted->rows();
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
       {"--from", Kind::kText, "the file: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl", true},
       StoreOption(),
       {"--materialization-id", Kind::kText, "noted with every row"},
       {"--preserve-feature-version", Kind::kFlag,
        "keep the feature and project versions that the rows have"}},
      Run};
}

}  // namespace metaxy::cli
