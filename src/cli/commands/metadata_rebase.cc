// metaxy metadata rebase
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const FeatureKey feature, FeatureKey::Make(*arguments.Text("FEATURE")));
  const RebaseVersionOptions options{.to_feature_version = arguments.Text("to"),
                                     .dry_run = arguments.Flag("dry-run"),
                                     .execution = context.execution()};
  const AccessMode mode = options.dry_run ? AccessMode::kRead : AccessMode::kWrite;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(mode, arguments.Text("store")));
  arrow::Result<int64_t> rows = store->RebaseVersion(feature, *arguments.Text("from"), options);
  const bool in_graph = !IsError(rows.status(), ErrorCode::kFeatureNotInGraph);
  if (!in_graph || IsError(rows.status(), ErrorCode::kFeatureNotFound)) {
    // For a feature without a table, whether in the graph or not, there is nothing to rebase; with
    // one, a parent is missing.
    ARROW_ASSIGN_OR_RAISE(const bool has_table,
                          store->HasFeature(feature, /*check_fallback=*/false, options.execution));
    if (has_table) return rows.status();
    if (!in_graph) context.output().Warn(rows.status().message());
    context.output().Warn(fmt::format("feature '{}' has no table in {}; nothing to rebase",
                                      feature.ToString(), StoreText(*store)));
    rows = 0;
  }
  ARROW_RETURN_NOT_OK(rows.status());
  const std::string outcome =
      fmt::format("{}: {} {}", feature.ToString(), options.dry_run ? "would rebase" : "rebased",
                  internal::Counted(*rows, "row"));
  if (!options.dry_run) context.Committed(outcome);
  ARROW_RETURN_NOT_OK(store->Close(options.execution));
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{
        {"feature", feature.ToString()}, {"dry_run", options.dry_run}, {"rows", *rows}});
  }
  context.output().Note(outcome);
  return kDone;
}

}  // namespace

CommandSpec MetadataRebaseCommand() {
  using Kind = OptionSpec::Kind;
  return {"metadata",
          "rebase",
          nullptr,
          "Give rows of one version of a feature the provenance of another version",
          {FeatureArgument(),
           {.name = "--from",
            .kind = Kind::kText,
            .help = "the current version of the rows",
            .required = true,
            .takes = OptionSpec::Takes::kFeatureVersion},
           {.name = "--to",
            .kind = Kind::kText,
            .help = "the version that they are rebased to (default: the current one)",
            .takes = OptionSpec::Takes::kFeatureVersion},
           StoreOption(),
           {"--dry-run,!--no-dry-run", Kind::kFlag, "only say how many rows there are"},
           MemoryLimitOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
