// metaxy metadata copy
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "metaxy/filter.h"

namespace metaxy::cli {

namespace {

arrow::Status Preview(Context& context, MetadataStore& from,
                      const std::vector<FeatureKey>& features, const CopyOptions& options,
                      const std::string& to_name) {
  for (const FeatureKey& feature : features) {
    const arrow::Result<int64_t> counted =
        from.CountRows(feature, {.filters = options.global_filters,
                                 .allow_fallback = false,
                                 .with_feature_history = options.with_feature_history,
                                 .with_sample_history = options.with_sample_history});
    if (!counted.ok() && !IsError(counted.status(), ErrorCode::kFeatureNotFound))
      return counted.status();
    const int64_t count = counted.ok() ? *counted : 0;
    context.output().Note(fmt::format("{}: would copy {} row{} to {}", feature.ToString(), count,
                                      count == 1 ? "" : "s", to_name));
  }
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  CopyOptions options;
  ARROW_ASSIGN_OR_RAISE(options.global_filters, ParseFilters(arguments.Texts("filter")));
  options.with_feature_history = arguments.Flag("with-feature-history", true);
  options.with_sample_history = arguments.Flag("with-sample-history");
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  if (!selected.unknown.empty()) return RefuseUnknown(context, false, *project, selected.unknown);
  const std::string from_name = *arguments.Text("from");
  const std::string to_name = *arguments.Text("to");
  if (from_name == to_name) {
    return context.Refuse(false, "CONFLICTING_FLAGS", "--from and --to name the same store");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> from,
                        context.OpenStore(AccessMode::kRead, from_name));
  if (arguments.Flag("dry-run")) {
    ARROW_RETURN_NOT_OK(project->GetStore(to_name).status());
    ARROW_RETURN_NOT_OK(Preview(context, *from, selected.known, options, to_name));
    ARROW_RETURN_NOT_OK(from->Close());
    return kDone;
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> to,
                        context.OpenStore(AccessMode::kWrite, to_name));
  ARROW_ASSIGN_OR_RAISE(const CopyResult copied, to->CopyMetadata(*from, selected.known, options));
  ARROW_RETURN_NOT_OK(to->Close());
  ARROW_RETURN_NOT_OK(from->Close());
  context.output().Note(fmt::format("copied {} row{} of {} feature{} from {} to {}",
                                    copied.rows_copied, copied.rows_copied == 1 ? "" : "s",
                                    copied.features_copied, copied.features_copied == 1 ? "" : "s",
                                    from_name, to_name));
  return kDone;
}

}  // namespace

CommandSpec MetadataCopyCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           {"--from", Kind::kText, "the store to read", true},
           {"--to", Kind::kText, "the store to write", true},
           {"--filter", Kind::kTexts, "only rows for which this condition holds"},
           {"--with-feature-history,!--no-with-feature-history", Kind::kFlag,
            "rows of all versions of the features (the default)"},
           {"--with-sample-history,!--no-with-sample-history", Kind::kFlag,
            "also rows that later writes have replaced"},
           {"--dry-run", Kind::kFlag, "only say how many rows there are"}}) {
    options.push_back(std::move(option));
  }
  return {"metadata",         "copy", nullptr, "Copy rows from one store to another",
          std::move(options), Run};
}

}  // namespace metaxy::cli
