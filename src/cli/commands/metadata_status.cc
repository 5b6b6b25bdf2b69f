// metaxy metadata status
#include <fmt/core.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/feature_status.h"
#include "cli/context.h"
#include "cli/id_file.h"
#include "cli/output/text_table.h"
#include "cli/store_text.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kSamplesShown = 5;

arrow::Result<StatusOptions> OptionsOf(Context& context, const Arguments& arguments) {
  StatusOptions options;
  ARROW_ASSIGN_OR_RAISE(options.target_filters, FiltersOf(arguments, "filter"));
  ARROW_ASSIGN_OR_RAISE(options.global_filters, FiltersOf(arguments, "global-filter"));
  ARROW_ASSIGN_OR_RAISE(options.staleness_predicates, FiltersOf(arguments, "stale-if"));
  options.execution = context.execution();
  options.allow_fallback = arguments.Flag("fallback", true);
  options.progress = arguments.Flag("progress") || arguments.Flag("verbose");
  options.samples = arguments.Flag("verbose") ? kSamplesShown : 0;
  return options;
}

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

int NothingToCheck(Output& output, bool json, const std::optional<std::string>& project_version) {
  if (json) {
    output.PrintJson(Json::Object{{"warning", "No valid features to check"},
                                  {"features", Json::Object{}},
                                  {"project_version", OrNull(project_version)},
                                  {"needs_update", false}});
  } else {
    output.Warn("there are no features to check");
  }
  return kDone;
}

Style StyleOf(const FeatureStatus& status) {
  std::string_view category = status.category();
  if (category == "up_to_date") return Style::kGreen;
  if (category == "needs_update") return Style::kYellow;
  if (category == "root_feature") return Style::kBlue;
  const bool waits = !status.waits_for.empty() || (category == "missing" && status.is_root);
  return waits ? Style::kDim : Style::kRed;
}

std::string StatusText(const FeatureStatus& status, bool with_progress) {
  if (!status.waits_for.empty()) {
    std::string text = "waits for ";
    for (const FeatureKey& parent : status.waits_for)
      text += (&parent == &status.waits_for.front() ? "" : ", ") + parent.ToString();
    return text;
  }
  std::string text = status.category();
  if (text == "missing") text = status.is_root ? "waits for rows" : "not computed yet";
  for (char& c : text) c = c == '_' ? ' ' : c;
  if (!with_progress || status.is_root || !status.error.ok()) return text;
  return text + (status.progress ? fmt::format(" ({:.0f}%)", *status.progress)
                                 : std::string(" (no input)"));
}

std::string StoreOf(const Json* resolved) {
  const Json* name = resolved != nullptr ? resolved->Find("name") : nullptr;
  const Json* display = resolved != nullptr ? resolved->Find("display") : nullptr;
  if (name == nullptr || display == nullptr || !name->is_string() || !display->is_string())
    return "-";
  return StoreText(name->as_string(), display->as_string());
}

void PrintPlain(Output& output, const std::vector<FeatureStatus>& all, bool with_progress) {
  TextTable table;
  table.AddColumn("Feature");
  table.AddColumn("Status");
  for (const char* title : {"Rows", "Missing", "Stale", "Orphaned"})
    table.AddColumn(title, TextTable::Align::kRight);
  // Of the missing and stale ones; most stores have none.
  const bool with_failed = std::any_of(
      all.begin(), all.end(), [](const FeatureStatus& status) { return status.counts.failed > 0; });
  if (with_failed) table.AddColumn("Failed", TextTable::Align::kRight);
  table.AddColumn("Store", TextTable::Align::kLeft, TextTable::Weight::kMinor);
  for (const FeatureStatus& status : all) {
    bool compared = status.error.ok() && !status.is_root;
    auto count = [compared](int64_t value) {
      return compared ? std::to_string(value) : std::string("-");
    };
    const Json* resolved = status.store_metadata.Find("resolved_from");
    const std::string where = StoreOf(resolved);
    std::vector<TextTable::Cell> cells = {{status.key.ToString(), Style::kCyan},
                                          {StatusText(status, with_progress), StyleOf(status)},
                                          {status.error.ok() ? std::to_string(status.rows) : "-"},
                                          {count(status.counts.new_samples)},
                                          {count(status.counts.stale)},
                                          {count(status.counts.orphaned)}};
    if (with_failed) {
      cells.push_back(
          {count(status.counts.failed), status.counts.failed > 0 ? Style::kRed : Style::kPlain});
    }
    cells.push_back({where, Style::kDim});
    table.AddRow(std::move(cells));
  }
  table.Print(&output);
  for (const FeatureStatus& status : all) {
    if (!status.samples || status.samples->empty()) continue;
    output.PrintLine();
    output.PrintLine(output.Styled(Style::kBold, status.key.ToString()));
    for (const std::string& line : *status.samples) output.PrintLine("  " + line);
  }
}

void PrintJson(Output& output, const std::vector<FeatureStatus>& all,
               const std::vector<FeatureKey>& unknown,
               const std::optional<std::string>& project_version) {
  Json::Object features;
  Json::Array errors;
  bool needs_update = false;
  for (const FeatureStatus& status : all) {
    std::string key = status.key.ToString();
    features.emplace_back(key, status.ToJson());
    needs_update = needs_update || status.needs_update();
    if (!status.error.ok()) {
      errors.emplace_back(
          Json::Object{{"feature", key}, {"error", OneLine(status.error.message())}});
    }
  }
  Json::Object object = {{"project_version", OrNull(project_version)},
                         {"features", std::move(features)},
                         {"needs_update", needs_update}};
  Json::Object warnings;
  if (!unknown.empty()) {
    Json::Array keys;
    for (const FeatureKey& key : unknown) keys.emplace_back(key.ToString());
    warnings.emplace_back("missing_in_graph", std::move(keys));
  }
  if (!errors.empty()) warnings.emplace_back("errors", std::move(errors));
  if (!warnings.empty()) object.emplace_back("warnings", std::move(warnings));
  output.PrintJson(Json(std::move(object)));
}

// As in the reference: errors of single features do not matter, only pending updates do. A failing
// store does.
int ExitCodeFor(const std::vector<FeatureStatus>& all, bool assert_in_sync) {
  int code = kDone;
  for (const FeatureStatus& status : all) {
    if (!status.error.ok() && ExitCodeOf(status.error) == kStoreError) return kStoreError;
    if (assert_in_sync && status.needs_update()) code = kCheckFailed;
  }
  return code;
}

// The features of a recorded project version, from which --snapshot selects.
arrow::Result<std::shared_ptr<const FeatureGraph>> RecordedGraph(Context& context,
                                                                 const Project& project,
                                                                 MetadataStore& store,
                                                                 const std::string& version) {
  ARROW_RETURN_NOT_OK(store.Open(AccessMode::kRead, context.execution()));
  return store.definitions().LoadGraphSnapshot(version, context.project_filter(project.config()),
                                               context.execution());
}

// An error of one feature is part of the result; an interruption of the program is not.
arrow::Result<std::vector<FeatureStatus>> CheckAll(Output& output, MetadataStore* store,
                                                   const std::vector<FeatureKey>& keys,
                                                   const StatusOptions& options) {
  std::vector<FeatureStatus> all;
  for (const FeatureKey& key : keys) {
    output.Progress(fmt::format("{} of {}: {}", all.size() + 1, keys.size(), key.ToString()));
    all.push_back(GetFeatureStatus(store, key, options));
    if (IsError(all.back().error, ErrorCode::kCancelled)) return all.back().error;
    if (!all.back().error.ok() && all.back().waits_for.empty())
      output.Warn(key.ToString() + ": " + all.back().error.message());
  }
  return all;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const bool json = arguments.json();
  const bool assert_in_sync = arguments.Flag("assert-in-sync");
  const std::optional<std::string> version = arguments.Text("snapshot");
  ARROW_ASSIGN_OR_RAISE(StatusOptions options, OptionsOf(context, arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        project->GetStore(arguments.Text("store")));
  std::shared_ptr<const FeatureGraph> recorded;
  if (version) {
    auto loaded = RecordedGraph(context, *project, *store, *version);
    if (IsError(loaded.status(), ErrorCode::kSystemDataNotFound))
      return context.Refuse(json, "SNAPSHOT_ERROR", loaded.status().message());
    ARROW_ASSIGN_OR_RAISE(recorded, std::move(loaded));
  }
  SelectedFeatures selected;
  if (std::optional<int> refused =
          SelectFeatures(context, arguments, *project, &selected, recorded))
    return *refused;
  if (!selected.unknown.empty() && assert_in_sync) {
    RefuseUnknown(context, json, *project, selected.unknown);
    return kCheckFailed;
  }
  Output& output = context.output();
  for (const FeatureKey& key : selected.unknown) output.Warn("not in the graph: " + key.ToString());
  ARROW_RETURN_NOT_OK(store->Open(AccessMode::kRead, options.execution));
  if (selected.known.empty()) return NothingToCheck(output, json, version);
  ARROW_ASSIGN_OR_RAISE(const std::vector<FeatureStatus> all,
                        CheckAll(output, store.get(), selected.known, options));
  ARROW_RETURN_NOT_OK(store->Close(options.execution));
  if (json) {
    PrintJson(output, all, selected.unknown, version);
  } else {
    PrintPlain(output, all, options.progress);
  }
  return ExitCodeFor(all, assert_in_sync);
}

}  // namespace

CommandSpec MetadataStatusCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec& option : std::vector<OptionSpec>{
           StoreOption(),
           MemoryLimitOption(),
           {"--filter", Kind::kTexts, "a filter on the rows of the features themselves"},
           {"--global-filter", Kind::kTexts,
            "a filter on the rows of the features and of their parents"},
           {"--stale-if", Kind::kTexts, "stored rows that match this are always stale"},
           {.name = "--snapshot",
            .kind = Kind::kText,
            .help =
                "the features of this recorded project version; the numbers are the current ones",
            .takes = OptionSpec::Takes::kSnapshot,
            .hidden = "--snapshot-id"},
           {"--assert-in-sync", Kind::kFlag,
            "exit with 1 if a feature needs an update or is unknown"},
           {"--progress", Kind::kFlag, "also show how much of the input has been processed"},
           {"-v,--verbose", Kind::kFlag, "also show some of the rows"},
           FallbackOption(),
           FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {"metadata",         "status", nullptr, "Show which features need an update",
          std::move(options), Run};
}

}  // namespace metaxy::cli
