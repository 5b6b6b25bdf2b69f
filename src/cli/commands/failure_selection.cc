#include "cli/commands/failure_selection.h"

#include <arrow/table.h>
#include <fmt/core.h>

#include <utility>

#include "cli/commands/feature_selection.h"
#include "cli/id_file.h"

namespace metaxy::cli {

std::vector<OptionSpec> FailureSelectionOptions() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  options.push_back({"--kind", Kind::kTexts, "only failures of this kind"});
  options.push_back({"--filter", Kind::kTexts,
                     "only failures that match this filter, such as \"metaxy_failure_attempts >= "
                     "3\"; for one feature also on its id columns"});
  return options;
}

arrow::Result<FailureSelection> SelectFailures(Context& context, const Arguments& arguments,
                                               const Project& project, MetadataStore& store,
                                               bool all_by_default, std::optional<int>* refused) {
  FailureSelection selection{.kinds = arguments.Texts("kind"), .execution = context.execution()};
  ARROW_ASSIGN_OR_RAISE(selection.filters, FiltersOf(arguments, "filter"));
  if (all_by_default && !arguments.Has("FEATURE") && !arguments.Flag("all-features"))
    return selection;
  SelectedFeatures selected;
  *refused = SelectFeatures(context, arguments, project, &selected);
  if (*refused) return selection;
  // A feature may be gone from the project while its failures are still there.
  for (const FeatureKey& unknown : selected.unknown) {
    ARROW_ASSIGN_OR_RAISE(
        const auto recorded,
        store.failures().Read({.features = {unknown}, .execution = context.execution()}));
    if (recorded->num_rows() > 0) continue;
    *refused = RefuseUnknown(context, arguments.json(), project, {unknown});
    return selection;
  }
  selection.features = std::move(selected.known);
  selection.features.insert(selection.features.end(), selected.unknown.begin(),
                            selected.unknown.end());
  return selection;
}

}  // namespace metaxy::cli
