// metaxy snapshot create
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  CreateSnapshotOptions options{.execution = context.execution()};
  if (arguments.Has("FEATURE")) {
    SelectedFeatures selected;
    if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
      return *refused;
    if (!selected.unknown.empty())
      return RefuseUnknown(context, arguments.json(), *project, selected.unknown);
    options.features = std::move(selected.known);
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const SnapshotInfo snapshot,
                        store->snapshots().Create(*arguments.Text("NAME"), options));
  context.Committed("snapshot " + snapshot.name);
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(snapshot.ToJson());
  } else {
    context.output().PrintLine(fmt::format("{}: {}", snapshot.name, FeaturesText(snapshot)));
  }
  return kDone;
}

}  // namespace

CommandSpec SnapshotCreateCommand() {
  return {"snapshot",
          "create",
          nullptr,
          "Give the rows that features have now a name, to read them again later",
          {{.name = "NAME",
            .kind = OptionSpec::Kind::kText,
            .help = "the name: letters, digits, -, _ and single dots",
            .required = true},
           {.name = "FEATURE",
            .kind = OptionSpec::Kind::kTexts,
            .help = "only these features, all of which must have been written (default: all)",
            .takes = OptionSpec::Takes::kFeature},
           StoreOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
