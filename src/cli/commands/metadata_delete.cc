// metaxy metadata delete
#include <fmt/core.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "metaxy/filter.h"

namespace metaxy::cli {

namespace {

std::string Rows(int64_t count) { return fmt::format("{} row{}", count, count == 1 ? "" : "s"); }

// What a deletion would look at; a hard one also takes older rows of these samples.
arrow::Status Preview(Context& context, MetadataStore& store, const FeatureKey& feature,
                      const std::vector<arrow::compute::Expression>& filters,
                      const DeleteOptions& options) {
  const arrow::Result<int64_t> counted =
      store.CountRows(feature, {.filters = filters,
                                .allow_fallback = options.soft,
                                .with_feature_history = options.with_feature_history});
  // A feature that was never written has nothing to delete; to ask is no mistake.
  if (!counted.ok() && !IsError(counted.status(), ErrorCode::kFeatureNotFound))
    return counted.status();
  const int64_t count = counted.ok() ? *counted : 0;
  context.output().Note(fmt::format("{}: would {}-delete {}", feature.ToString(),
                                    options.soft ? "soft" : "hard", Rows(count)));
  return arrow::Status::OK();
}

// A feature that cannot be deleted from does not spare the others.
int DeleteOne(Context& context, MetadataStore& store, const FeatureKey& feature,
              const std::vector<arrow::compute::Expression>& filters,
              const DeleteOptions& options) {
  const arrow::Status deleted = store.Delete(feature, filters, options);
  if (!deleted.ok()) {
    context.output().Error(fmt::format("{}: {}", feature.ToString(), deleted.message()));
    return ExitCodeOf(deleted);
  }
  context.output().Note(
      fmt::format("{}: deleted ({})", feature.ToString(), options.soft ? "soft" : "hard"));
  return kDone;
}

// Asks before rows are removed for good. Where nobody can answer, a filter is confirmation enough,
// as in the reference. Nothing if the work may go on.
std::optional<int> RefusedDeletion(Context& context, const Arguments& arguments,
                                   const SelectedFeatures& selected) {
  if (!arguments.Flag("hard") || arguments.Flag("yes")) return std::nullopt;
  std::string names;
  for (const FeatureKey& feature : selected.known)
    names += (names.empty() ? "" : ", ") + feature.ToString();
  const bool all = !arguments.Has("filter");
  if (!arguments.Flag("dry-run")) {
    const std::optional<bool> agreed = context.output().Ask(
        fmt::format("Remove {} of {} for good?",
                    all ? "all rows" : "the rows for which the filter holds", names));
    if (agreed && *agreed) return std::nullopt;
    if (agreed) {
      context.output().Note("nothing was deleted");
      return kCheckFailed;
    }
  }
  if (!all) return std::nullopt;
  return context.Refuse(
      false, "MISSING_CONFIRMATION",
      "a hard delete without --filter removes every row for good; confirm it with --yes");
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(auto filters, ParseFilters(arguments.Texts("filter")));
  const DeleteOptions options{.soft = !arguments.Flag("hard"),
                              .with_feature_history = arguments.Flag("with-feature-history")};
  if (arguments.Flag("soft") && arguments.Flag("hard")) {
    return context.Refuse(false, "CONFLICTING_FLAGS",
                          "--soft and --hard are both given; use one of the two");
  }
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty()) return RefuseUnknown(context, false, *project, selected.unknown);
  if (const std::optional<int> refused = RefusedDeletion(context, arguments, selected))
    return *refused;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kWrite, arguments.Text("store")));
  int code = kDone;
  for (const FeatureKey& feature : selected.known) {
    if (arguments.Flag("dry-run")) {
      ARROW_RETURN_NOT_OK(Preview(context, *store, feature, filters, options));
      continue;
    }
    code = std::max(code, DeleteOne(context, *store, feature, filters, options));
  }
  ARROW_RETURN_NOT_OK(store->Close());
  return code;
}

}  // namespace

CommandSpec MetadataDeleteCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           StoreOption(),
           {"--filter", Kind::kTexts, "only rows for which this condition holds"},
           {"--soft", Kind::kFlag, "mark rows as deleted and keep them (the default)"},
           {"--hard", Kind::kFlag, "remove rows for good"},
           {"--with-feature-history", Kind::kFlag,
            "rows of all versions of the feature, not of the current one alone"},
           {"--yes", Kind::kFlag, "do not ask before rows are removed for good"},
           {"--dry-run", Kind::kFlag, "only say how many rows there are"}}) {
    options.push_back(std::move(option));
  }
  return {"metadata", "delete", nullptr, "Delete rows of features", std::move(options), Run};
}

}  // namespace metaxy::cli
