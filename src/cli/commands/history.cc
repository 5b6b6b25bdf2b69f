// metaxy history
#include <fmt/core.h>

#include <algorithm>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/output/text_table.h"
#include "cli/output/timestamp_text.h"

namespace metaxy::cli {

namespace {

void PrintPlain(Output& output, const std::vector<GraphSnapshotInfo>& snapshots) {
  TextTable table;
  table.AddColumn("Project version");
  table.AddColumn("Recorded at (UTC)");
  table.AddColumn("Features", TextTable::Align::kRight);
  for (const GraphSnapshotInfo& snapshot : snapshots) {
    table.AddRow({{snapshot.project_version, Style::kCyan},
                  {TimestampText(snapshot.recorded_at)},
                  {std::to_string(snapshot.feature_count)}});
  }
  table.Print(&output);
  output.PrintLine();
  output.PrintLine(internal::Counted(snapshots.size(), "recorded version"));
}

Json ToJson(const std::vector<GraphSnapshotInfo>& snapshots) {
  Json::Array list;
  for (const GraphSnapshotInfo& snapshot : snapshots) {
    list.emplace_back(Json::Object{{"project_version", snapshot.project_version},
                                   {"recorded_at", TimestampText(snapshot.recorded_at) + "Z"},
                                   {"feature_count", snapshot.feature_count}});
  }
  return Json::Object{{"snapshots", std::move(list)}};
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(std::vector<GraphSnapshotInfo> snapshots,
                        store->definitions().ReadGraphSnapshots(
                            context.project_filter(project->config()), context.execution()));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (const std::optional<int64_t> limit = arguments.Number("limit"))
    snapshots.resize(std::min(snapshots.size(), static_cast<size_t>(*limit)));
  if (arguments.json()) {
    context.output().PrintJson(ToJson(snapshots));
  } else if (snapshots.empty()) {
    context.output().PrintLine("Nothing has been recorded yet; `metaxy push` records the project.");
  } else {
    PrintPlain(context.output(), snapshots);
  }
  return kDone;
}

}  // namespace

CommandSpec HistoryCommand() {
  return {nullptr,
          "history",
          nullptr,
          "List the project versions recorded in a store",
          {StoreOption(),
           {"--limit", OptionSpec::Kind::kNumber, "only so many, the latest first"},
           MemoryLimitOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
