#include "cli/commands/feature_selection.h"

#include <fmt/core.h>

#include "base/nearest_name.h"
#include "base/quote.h"

namespace metaxy::cli {

namespace {

std::vector<std::string> KnownKeys(const Project& project) {
  std::vector<std::string> keys;
  for (const FeatureKey& key : project.graph()->ListFeatures()) keys.push_back(key.ToString());
  return keys;
}

Json Texts(const std::vector<FeatureKey>& keys) {
  Json::Array texts;
  for (const FeatureKey& key : keys) texts.emplace_back(key.ToString());
  return Json(std::move(texts));
}

}  // namespace

std::vector<OptionSpec> FeatureSelectionOptions() {
  return {{.name = "FEATURE",
           .kind = OptionSpec::Kind::kTexts,
           .help = "feature keys, such as video/crop",
           .takes = OptionSpec::Takes::kFeature},
          {"--all-features", OptionSpec::Kind::kFlag, "all features of the project instead"}};
}

std::optional<int> SelectFeatures(Context& context, const Arguments& arguments,
                                  const Project& project, SelectedFeatures* selected,
                                  std::shared_ptr<const FeatureGraph> graph) {
  if (graph == nullptr) graph = project.graph();
  bool json = arguments.json();
  bool all = arguments.Flag("all-features");
  std::vector<std::string> names = arguments.Texts("FEATURE");
  Json::Array both = {"--all-features", "<features>"};
  if (!all && names.empty()) {
    return context.Refuse(json, "MISSING_REQUIRED_FLAG",
                          "no feature is given; name some, or use --all-features",
                          {{"required_flags", std::move(both)}});
  }
  if (all && !names.empty()) {
    return context.Refuse(json, "CONFLICTING_FLAGS",
                          "features and --all-features are both given; use one of the two",
                          {{"conflicting_flags", std::move(both)}});
  }
  if (all && context.options().project) {
    return context.Refuse(
        json, "CONFLICTING_FLAGS",
        "--project has no effect on --all-features, which means those of the configured project; "
        "set `project` in metaxy.toml or METAXY_PROJECT, or use --all-projects",
        {{"conflicting_flags", Json::Array{"--project", "--all-features"}}});
  }
  if (all) {
    bool every_project = context.options().all_projects;
    selected->known = graph->ListFeatures(every_project ? std::nullopt : project.config().project);
    return std::nullopt;
  }
  for (const std::string& name : names) {
    arrow::Result<FeatureKey> key = FeatureKey::Make(name);
    if (!key.ok()) {
      return context.Refuse(
          json, "INVALID_FEATURE_KEY",
          fmt::format("{} is not a valid feature key: {}", Quote(name), key.status().message()),
          {{"key", name}});
    }
    (graph->Find(*key) != nullptr ? selected->known : selected->unknown).push_back(std::move(*key));
  }
  return std::nullopt;
}

int RefuseUnknown(Context& context, bool json, const Project& project,
                  const std::vector<FeatureKey>& unknown) {
  std::vector<std::string> known = KnownKeys(project);
  std::string list;
  for (const FeatureKey& key : unknown) {
    list += (list.empty() ? "" : ", ") + Quote(key.ToString());
  }
  std::string hint = unknown.size() == 1 ? DidYouMean(unknown[0].ToString(), known) : "";
  if (hint.empty()) hint = "; `metaxy --all-projects list features` lists all features";
  return context.Refuse(json, "FEATURES_NOT_FOUND",
                        fmt::format("not in the graph: {}{}", list, hint),
                        {{"features", Texts(unknown)}});
}

arrow::Result<FeatureKey> FeatureOf(const Arguments& arguments, const Project& project) {
  return FeatureOf(arguments, *project.graph());
}

arrow::Result<FeatureKey> FeatureOf(const Arguments& arguments, const FeatureGraph& graph) {
  ARROW_ASSIGN_OR_RAISE(FeatureKey key, FeatureKey::Make(arguments.Text("FEATURE").value_or("")));
  ARROW_RETURN_NOT_OK(graph.GetFeatureDefinition(key));
  return key;
}

}  // namespace metaxy::cli
