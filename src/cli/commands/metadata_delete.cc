// metaxy metadata delete
#include <fmt/core.h>

#include <algorithm>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/id_file.h"

namespace metaxy::cli {

namespace {

// What a deletion would consider; a hard one also removes older rows of these samples.
arrow::Result<int64_t> Preview(Context& context, MetadataStore& store, const FeatureKey& feature,
                               const std::vector<arrow::compute::Expression>& filters,
                               const DeleteOptions& options) {
  const arrow::Result<int64_t> counted =
      store.CountRows(feature, {.filters = filters,
                                .allow_fallback = options.soft,
                                .with_feature_history = options.with_feature_history,
                                .execution = options.execution});
  // A feature that was never written has nothing to delete; this is not an error.
  if (!counted.ok() && !IsError(counted.status(), ErrorCode::kFeatureNotFound))
    return counted.status();
  const int64_t count = counted.ok() ? *counted : 0;
  context.output().Note(fmt::format("{}: would {}-delete {}", feature.ToString(),
                                    options.soft ? "soft" : "hard",
                                    internal::Counted(count, "row")));
  return count;
}

arrow::Result<int64_t> DeleteOne(Context& context, MetadataStore& store, const FeatureKey& feature,
                                 const std::vector<arrow::compute::Expression>& filters,
                                 const DeleteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const int64_t deleted, store.Delete(feature, filters, options));
  const std::string_view how = options.soft ? "soft" : "hard";
  context.Committed(
      fmt::format("{}: {} deleted", feature.ToString(), internal::Counted(deleted, "row")));
  context.output().Note(fmt::format("{}: deleted {} ({})", feature.ToString(),
                                    internal::Counted(deleted, "row"), how));
  return deleted;
}

// If deletion fails for one feature, the others are still processed. The exit code is the worst
// one.
arrow::Result<int> DeleteAll(Context& context, MetadataStore& store,
                             const std::vector<FeatureKey>& features, const Arguments& arguments,
                             const std::vector<arrow::compute::Expression>& filters,
                             const DeleteOptions& options) {
  const bool dry_run = arguments.Flag("dry-run");
  int code = kDone;
  Json::Array list;
  for (const FeatureKey& feature : features) {
    const arrow::Result<int64_t> rows = dry_run
                                            ? Preview(context, store, feature, filters, options)
                                            : DeleteOne(context, store, feature, filters, options);
    Json entry = Json::Object{{"feature", feature.ToString()}};
    if (rows.ok()) {
      entry.Set("rows", *rows);
    } else {
      if (dry_run || IsError(rows.status(), ErrorCode::kCancelled)) return rows.status();
      context.output().Error(fmt::format("{}: {}", feature.ToString(), rows.status().message()));
      code = std::max(code, ExitCodeOf(rows.status()));
      entry.Set("error", JsonErrorCode(GetErrorCode(rows.status())));
      entry.Set("message", OneLine(rows.status().message()));
    }
    list.push_back(std::move(entry));
  }
  if (arguments.json()) {
    context.output().PrintJson(
        Json::Object{{"dry_run", dry_run}, {"soft", options.soft}, {"features", std::move(list)}});
  }
  return code;
}

// Asks before rows are permanently removed. If nobody can answer, a filter is confirmation enough,
// as in the reference. `std::nullopt` if the command may continue.
std::optional<int> RefusedDeletion(Context& context, const Arguments& arguments,
                                   const SelectedFeatures& selected) {
  if (!arguments.Flag("hard") || arguments.Flag("yes")) return std::nullopt;
  std::string names;
  for (const FeatureKey& feature : selected.known)
    names += (names.empty() ? "" : ", ") + feature.ToString();
  const bool all = !arguments.Has("filter");
  if (!arguments.Flag("dry-run")) {
    const std::optional<bool> agreed = context.output().Ask(
        fmt::format("Permanently remove {} of {}?",
                    all ? "all rows" : "the rows that match the filter", names));
    if (agreed && *agreed) return std::nullopt;
    if (agreed) {
      context.output().Note("nothing was deleted");
      return kCheckFailed;
    }
  }
  if (!all) return std::nullopt;
  return context.Refuse(
      arguments.json(), "MISSING_CONFIRMATION",
      "a hard delete without --filter permanently removes every row; confirm it with --yes");
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(auto filters, FiltersOf(arguments, "filter"));
  const DeleteOptions options{.soft = !arguments.Flag("hard"),
                              .with_feature_history = arguments.Flag("with-feature-history"),
                              .execution = context.execution()};
  if (arguments.Flag("soft") && arguments.Flag("hard")) {
    return context.Refuse(arguments.json(), "CONFLICTING_FLAGS",
                          "--soft and --hard are both given; use one of the two");
  }
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty())
    return RefuseUnknown(context, arguments.json(), *project, selected.unknown);
  if (const std::optional<int> refused = RefusedDeletion(context, arguments, selected))
    return *refused;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const int code,
                        DeleteAll(context, *store, selected.known, arguments, filters, options));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  return code;
}

}  // namespace

CommandSpec MetadataDeleteCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           StoreOption(),
           {"--filter", Kind::kTexts, "only rows that match this filter"},
           {"--soft", Kind::kFlag, "mark rows as deleted and keep them (the default)"},
           {"--hard", Kind::kFlag, "remove rows permanently"},
           {"--with-feature-history", Kind::kFlag,
            "rows of all versions of the feature, not of the current one alone"},
           {"--yes", Kind::kFlag, "do not ask before rows are removed for good"},
           {"--dry-run", Kind::kFlag, "only say how many rows there are"},
           MemoryLimitOption(),
           FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {"metadata", "delete", nullptr, "Delete rows of features", std::move(options), Run};
}

}  // namespace metaxy::cli
