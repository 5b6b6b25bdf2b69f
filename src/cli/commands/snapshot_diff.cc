// metaxy snapshot diff
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

using Diffs = std::vector<SnapshotFeatureDiff>;

// What the numbers do not say.
std::string NoteOf(const SnapshotFeatureDiff& diff) {
  if (diff.other_id_columns) return "other id columns";
  if (!diff.in_first && !diff.in_second) return "no table in either";
  if (!diff.in_first) return "no table in the first";
  if (!diff.in_second) return "no table in the second";
  return "";
}

void PrintPlain(Output& output, const Diffs& diffs) {
  TextTable table;
  table.AddColumn("Feature");
  for (const char* title : {"Added", "Removed", "Changed", "Rewritten"})
    table.AddColumn(title, TextTable::Align::kRight);
  table.AddColumn("");
  for (const SnapshotFeatureDiff& diff : diffs) {
    table.AddRow({{diff.feature.ToString(), Style::kCyan},
                  {std::to_string(diff.added)},
                  {std::to_string(diff.removed)},
                  {std::to_string(diff.changed)},
                  {std::to_string(diff.rewritten)},
                  {NoteOf(diff)}});
  }
  table.Print(&output);
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  DiffSnapshotsOptions options{.execution = context.execution()};
  if (arguments.Has("feature")) {
    options.features.emplace();
    for (const std::string& name : arguments.Texts("feature")) {
      ARROW_ASSIGN_OR_RAISE(options.features->emplace_back(), FeatureKey::Make(name));
    }
  }
  const std::string first = *arguments.Text("FIRST");
  const std::optional<std::string> second = arguments.Text("SECOND");
  if (!second) ARROW_RETURN_NOT_OK(context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const Diffs diffs, store->snapshots().Diff(first, second, options));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (!arguments.json()) {
    PrintPlain(context.output(), diffs);
    return kDone;
  }
  Json::Array list;
  for (const SnapshotFeatureDiff& diff : diffs) list.push_back(diff.ToJson());
  context.output().PrintJson(Json::Object{{"first", first},
                                          {"second", second ? Json(*second) : Json()},
                                          {"features", std::move(list)}});
  return kDone;
}

}  // namespace

CommandSpec SnapshotDiffCommand() {
  return {"snapshot",
          "diff",
          nullptr,
          "Count the samples that two snapshots do not have in common",
          {SnapshotArgument("FIRST"),
           SnapshotArgument("SECOND", "another snapshot (default: what the store has now)", false),
           {.name = "--feature",
            .kind = OptionSpec::Kind::kTexts,
            .help = "only this feature",
            .takes = OptionSpec::Takes::kFeature},
           StoreOption(),
           MemoryLimitOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
