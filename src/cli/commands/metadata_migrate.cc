// metaxy metadata migrate
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

std::string Outcome(const MigrationResult& result, const std::string& to, bool dry_run) {
  if (!result.changed) return fmt::format("is already a {} table", to);
  return fmt::format("{} {} to {} columns", dry_run ? "would convert" : "converted",
                     internal::Counted(result.rows, "row"), to);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty())
    return RefuseUnknown(context, arguments.json(), *project, selected.unknown);
  const std::string to = *arguments.Text("to");
  const ByFieldLayout layout = to == "map" ? ByFieldLayout::kMap : ByFieldLayout::kStruct;
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  Json::Array list;
  for (const FeatureKey& feature : selected.known) {
    const arrow::Result<MigrationResult> result = store->administration().MigrateByFieldLayout(
        feature, layout, {.dry_run = dry_run, .execution = context.execution()});
    // Some of all features may never have been written, but none of those that were named.
    if (arguments.Flag("all-features") && IsError(result.status(), ErrorCode::kFeatureNotFound)) {
      continue;
    }
    ARROW_RETURN_NOT_OK(result.status());
    const std::string outcome =
        fmt::format("{}: {}", feature.ToString(), Outcome(*result, to, dry_run));
    if (result->changed && !dry_run) context.Committed(outcome);
    context.output().Note(outcome);
    list.emplace_back(Json::Object{
        {"feature", feature.ToString()}, {"changed", result->changed}, {"rows", result->rows}});
  }
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(
        Json::Object{{"dry_run", dry_run}, {"to", to}, {"features", std::move(list)}});
  }
  return kDone;
}

}  // namespace

CommandSpec MetadataMigrateCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option :
       std::vector<OptionSpec>{StoreOption(),
                               {.name = "--to",
                                .kind = Kind::kChoice,
                                .help = "how versions by field are stored",
                                .required = true,
                                .choices = {"map", "struct"}},
                               {"--dry-run", Kind::kFlag, "only say what would be converted"},
                               MemoryLimitOption(),
                               FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {"metadata",         "migrate", nullptr, "Convert tables between map and struct columns",
          std::move(options), Run};
}

}  // namespace metaxy::cli
