// metaxy metadata copy
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/id_file.h"

namespace metaxy::cli {

namespace {

struct Copied {
  FeatureKey feature;
  int64_t rows;
};

arrow::Result<std::vector<Copied>> Preview(Context& context, MetadataStore& from,
                                           const std::vector<FeatureKey>& features,
                                           const CopyOptions& options, const std::string& to_name) {
  std::vector<Copied> all;
  for (const FeatureKey& feature : features) {
    const arrow::Result<int64_t> counted =
        from.CountRows(feature, {.filters = options.global_filters,
                                 .allow_fallback = false,
                                 .with_feature_history = options.with_feature_history,
                                 .with_sample_history = options.with_sample_history,
                                 .execution = options.execution});
    if (!counted.ok() && !IsError(counted.status(), ErrorCode::kFeatureNotFound))
      return counted.status();
    const int64_t count = counted.ok() ? *counted : 0;
    context.output().Note(fmt::format("{}: would copy {} to {}", feature.ToString(),
                                      internal::Counted(count, "row"), to_name));
    if (count > 0) all.push_back({feature, count});
  }
  return all;
}

// One after the other, so that it is known what has been copied if the command is interrupted.
arrow::Result<std::vector<Copied>> Copy(Context& context, MetadataStore& from, MetadataStore& to,
                                        const std::vector<FeatureKey>& features,
                                        const CopyOptions& options) {
  std::vector<Copied> all;
  for (const FeatureKey& feature : features) {
    ARROW_ASSIGN_OR_RAISE(const CopyResult copied,
                          to.CopyMetadata(from, std::vector{feature}, options));
    if (copied.features_copied == 0) continue;
    all.push_back({feature, copied.rows_copied});
    context.Committed(
        fmt::format("{}: {}", feature.ToString(), internal::Counted(copied.rows_copied, "row")));
  }
  return all;
}

void PrintJson(Output& output, const std::vector<Copied>& all, const std::string& from,
               const std::string& to, bool dry_run) {
  Json::Array list;
  for (const Copied& copied : all)
    list.emplace_back(Json::Object{{"feature", copied.feature.ToString()}, {"rows", copied.rows}});
  output.PrintJson(Json::Object{
      {"dry_run", dry_run}, {"from", from}, {"to", to}, {"features", std::move(list)}});
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, context.LoadProject());
  CopyOptions options{.execution = context.execution()};
  ARROW_ASSIGN_OR_RAISE(options.global_filters, FiltersOf(arguments, "filter"));
  options.with_feature_history = arguments.Flag("with-feature-history", true);
  options.with_sample_history = arguments.Flag("with-sample-history");
  SelectedFeatures selected;
  if (const std::optional<int> refused = SelectFeatures(context, arguments, *project, &selected))
    return *refused;
  const bool json = arguments.json();
  if (!selected.unknown.empty()) return RefuseUnknown(context, json, *project, selected.unknown);
  const std::string from_name = *arguments.Text("from");
  const std::string to_name = *arguments.Text("to");
  if (from_name == to_name) {
    return context.Refuse(json, "CONFLICTING_FLAGS", "--from and --to name the same store");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> from,
                        context.OpenStore(AccessMode::kRead, from_name));
  if (arguments.Flag("dry-run")) {
    ARROW_RETURN_NOT_OK(project->GetStore(to_name).status());
    ARROW_ASSIGN_OR_RAISE(const std::vector<Copied> all,
                          Preview(context, *from, selected.known, options, to_name));
    ARROW_RETURN_NOT_OK(from->Close(context.execution()));
    if (json) PrintJson(context.output(), all, from_name, to_name, /*dry_run=*/true);
    return kDone;
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> to,
                        context.OpenStore(AccessMode::kWrite, to_name));
  ARROW_ASSIGN_OR_RAISE(const std::vector<Copied> all,
                        Copy(context, *from, *to, selected.known, options));
  ARROW_RETURN_NOT_OK(to->Close(context.execution()));
  ARROW_RETURN_NOT_OK(from->Close(context.execution()));
  int64_t rows = 0;
  for (const Copied& copied : all) rows += copied.rows;
  if (json) PrintJson(context.output(), all, from_name, to_name, /*dry_run=*/false);
  context.output().Note(fmt::format("copied {} of {} from {} to {}", internal::Counted(rows, "row"),
                                    internal::Counted(all.size(), "feature"), from_name, to_name));
  return kDone;
}

}  // namespace

CommandSpec MetadataCopyCommand() {
  using Kind = OptionSpec::Kind;
  std::vector<OptionSpec> options = FeatureSelectionOptions();
  for (OptionSpec option :
       std::vector<OptionSpec>{{.name = "--from",
                                .kind = Kind::kText,
                                .help = "the store to read",
                                .required = true,
                                .takes = OptionSpec::Takes::kStore},
                               {.name = "--to",
                                .kind = Kind::kText,
                                .help = "the store to write",
                                .required = true,
                                .takes = OptionSpec::Takes::kStore},
                               {"--filter", Kind::kTexts, "only rows that match this filter"},
                               {"--with-feature-history,!--no-with-feature-history", Kind::kFlag,
                                "rows of all versions of the features (the default)"},
                               {"--with-sample-history,!--no-with-sample-history", Kind::kFlag,
                                "also rows that later writes have replaced"},
                               {"--dry-run", Kind::kFlag, "only say how many rows there are"},
                               MemoryLimitOption(),
                               FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {"metadata",         "copy", nullptr, "Copy rows from one store to another",
          std::move(options), Run};
}

}  // namespace metaxy::cli
