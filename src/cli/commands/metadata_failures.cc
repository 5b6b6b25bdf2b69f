// metaxy metadata failures
#include <arrow/table.h>
#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure_selection.h"
#include "cli/context.h"
#include "cli/output/cell_text.h"
#include "cli/output/text_table.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kRowsShown = 20;

struct ShownColumn {
  const char* title;  // of the table
  const char* name;   // in JSON
  std::string_view column;
};

constexpr ShownColumn kColumns[] = {
    {"Feature", "feature", "feature_key"},
    {"Sample", "ids", "ids"},
    {"Kind", "kind", kFailureKind},
    {"Attempts", "attempts", kFailureAttempts},
    {"Last failed at (UTC)", "last_failed_at", kFailedAt},
    {"Message", "message", kFailureMessage},
    {nullptr, "first_failed_at", kFirstFailedAt},
    {nullptr, "feature_version", kFeatureVersion},
    {nullptr, "provenance", kProvenance},
    {nullptr, "materialization_id", kMaterializationId},
};

bool IsNumber(const ShownColumn& column) { return column.column == kFailureAttempts; }

// "2026-11-30 14:02:03" of "2026-11-30T14:02:03.250000+00:00": seconds are enough for people.
std::string Seconds(std::string time) {
  time.resize(std::min(time.size(), std::string_view("2026-11-30 14:02:03").size()));
  std::replace(time.begin(), time.end(), 'T', ' ');
  return time;
}

arrow::Status PrintPlain(Output& output, const arrow::RecordBatch& failures, int64_t limit) {
  TextTable table;
  for (const ShownColumn& column : kColumns) {
    if (column.title == nullptr) continue;
    table.AddColumn(column.title,
                    IsNumber(column) ? TextTable::Align::kRight : TextTable::Align::kLeft);
  }
  for (int64_t row = 0; row < std::min(limit, failures.num_rows()); ++row) {
    std::vector<TextTable::Cell> cells;
    for (const ShownColumn& column : kColumns) {
      if (column.title == nullptr) continue;
      const auto values = failures.GetColumnByName(std::string(column.column));
      ARROW_ASSIGN_OR_RAISE(std::string text, CellText(*values, row));
      if (column.column == kFailedAt) text = Seconds(text);
      const bool is_kind = column.column == kFailureKind;
      cells.push_back({OneLine(text), is_kind ? Style::kRed : Style::kPlain});
    }
    table.AddRow(std::move(cells));
  }
  table.Print(&output);
  output.PrintLine();
  output.PrintLine(failures.num_rows() > limit
                       ? fmt::format("{} of {}; --limit shows more", limit,
                                     internal::Counted(failures.num_rows(), "failure"))
                       : internal::Counted(failures.num_rows(), "failure"));
  return arrow::Status::OK();
}

arrow::Result<Json> ToJson(const arrow::Array& values, int64_t row, std::string_view name) {
  if (values.IsNull(row)) return Json();
  ARROW_ASSIGN_OR_RAISE(const std::string text, CellText(values, row));
  if (name == "attempts") return Json(Json::Integer{text});
  // What is not an object, although metaxy writes objects, is shown as it is.
  if (name == "ids") {
    arrow::Result<Json> ids = Json::Parse(text);
    if (ids.ok()) return ids;
  }
  return Json(text);
}

arrow::Status PrintJson(Output& output, const arrow::RecordBatch& failures, int64_t limit) {
  Json::Array list;
  for (int64_t row = 0; row < std::min(limit, failures.num_rows()); ++row) {
    Json::Object entry;
    for (const ShownColumn& column : kColumns) {
      const auto values = failures.GetColumnByName(std::string(column.column));
      ARROW_ASSIGN_OR_RAISE(Json value, ToJson(*values, row, column.name));
      entry.emplace_back(column.name, std::move(value));
    }
    list.emplace_back(std::move(entry));
  }
  output.PrintJson(
      Json::Object{{"count", failures.num_rows()}, {"failures", Json(std::move(list))}});
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  std::optional<int> refused;
  ARROW_ASSIGN_OR_RAISE(const FailureSelection selection,
                        SelectFailures(context, arguments, *project, *store,
                                       /*all_by_default=*/true, &refused));
  if (refused) return *refused;
  ARROW_ASSIGN_OR_RAISE(const auto table, store->failures().Read(selection));
  ARROW_ASSIGN_OR_RAISE(const auto failures, table->CombineChunksToBatch());
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  const std::optional<int64_t> limit = arguments.Number("limit");
  if (arguments.json()) {
    ARROW_RETURN_NOT_OK(PrintJson(context.output(), *failures,
                                  limit.value_or(std::numeric_limits<int64_t>::max())));
  } else if (failures->num_rows() == 0) {
    context.output().PrintLine("no failures");
  } else {
    ARROW_RETURN_NOT_OK(PrintPlain(context.output(), *failures, limit.value_or(kRowsShown)));
  }
  return kDone;
}

}  // namespace

CommandSpec MetadataFailuresCommand() {
  std::vector<OptionSpec> options = FailureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           StoreOption(),
           {"--limit", OptionSpec::Kind::kNumber,
            "only so many, the oldest first (default: 20, with --format json all)"},
           MemoryLimitOption(),
           FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {"metadata",         "failures", nullptr, "List the samples that could not be computed",
          std::move(options), Run};
}

}  // namespace metaxy::cli
