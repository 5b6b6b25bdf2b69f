// metaxy snapshot list, metaxy snapshot show
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

void PrintPlain(Output& output, const std::vector<SnapshotInfo>& snapshots) {
  if (snapshots.empty())
    return output.PrintLine("There are no snapshots; `metaxy snapshot create NAME` makes one.");
  TextTable table;
  table.AddColumn("Snapshot");
  table.AddColumn("Created at (UTC)");
  table.AddColumn("Project version");
  table.AddColumn("Contents");
  for (const SnapshotInfo& snapshot : snapshots) {
    table.AddRow({{snapshot.name, Style::kCyan},
                  {TimeText(snapshot)},
                  {snapshot.project_version},
                  {FeaturesText(snapshot)}});
  }
  table.Print(&output);
}

void PrintPlain(Output& output, const SnapshotInfo& snapshot) {
  output.PrintLine(output.Styled(Style::kBold, snapshot.name));
  output.PrintLine(fmt::format("created at {} UTC, project {}, version {}", TimeText(snapshot),
                               snapshot.project.empty() ? "-" : snapshot.project,
                               snapshot.project_version.empty() ? "-" : snapshot.project_version));
  TextTable table;
  table.AddColumn("Feature");
  table.AddColumn("Feature version");
  table.AddColumn("Table version", TextTable::Align::kRight);
  table.AddColumn("Rows", TextTable::Align::kRight);
  for (const SnapshotFeature& entry : snapshot.features) {
    table.AddRow({{entry.feature.ToString(), Style::kCyan},
                  {entry.feature_version},
                  {entry.table_version ? std::to_string(*entry.table_version) : "no table"},
                  {entry.table_version ? std::to_string(entry.rows) : ""}});
  }
  table.Print(&output);
}

arrow::Result<std::shared_ptr<MetadataStore>> Open(Context& context, const Arguments& arguments) {
  return context.OpenStore(AccessMode::kRead, arguments.Text("store"));
}

arrow::Result<int> List(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto store, Open(context, arguments));
  ARROW_ASSIGN_OR_RAISE(const auto snapshots, store->snapshots().List(context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    Json::Array list;
    for (const SnapshotInfo& snapshot : snapshots) list.push_back(snapshot.ToJson());
    context.output().PrintJson(Json::Object{{"snapshots", std::move(list)}});
  } else {
    PrintPlain(context.output(), snapshots);
  }
  return kDone;
}

arrow::Result<int> Show(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto store, Open(context, arguments));
  ARROW_ASSIGN_OR_RAISE(const SnapshotInfo snapshot,
                        store->snapshots().Get(*arguments.Text("NAME"), context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(snapshot.ToJson());
  } else {
    PrintPlain(context.output(), snapshot);
  }
  return kDone;
}

}  // namespace

CommandSpec SnapshotListCommand() {
  return {"snapshot",
          "list",
          nullptr,
          "List the snapshots of a store, the latest first",
          {StoreOption(), FormatOption()},
          List};
}

CommandSpec SnapshotShowCommand() {
  return {"snapshot",
          "show",
          nullptr,
          "Show the features of a snapshot and their versions",
          {SnapshotArgument(), StoreOption(), FormatOption()},
          Show};
}

}  // namespace metaxy::cli
