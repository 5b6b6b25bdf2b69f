#include "graph/describe.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace metaxy {

namespace {

using Depths = std::unordered_map<FeatureKey, size_t>;

// The length of the longest chain ending at each feature. A parent that is not in the graph counts
// as a root.
arrow::Result<Depths> FindDepths(const FeatureGraph& graph) {
  ARROW_ASSIGN_OR_RAISE(std::vector<FeatureKey> order, graph.TopologicalSort());
  Depths depths;
  for (const FeatureKey& key : order) {
    size_t depth = 0;
    for (const FeatureDep& dep : graph.Find(key)->spec.deps) {
      auto parent = depths.find(dep.feature);
      depth = std::max(depth, parent == depths.end() ? 1 : parent->second);
    }
    depths[key] = depth + 1;
  }
  return depths;
}

void Count(const std::string& project, std::vector<std::pair<std::string, size_t>>* projects) {
  for (auto& [name, count] : *projects) {
    if (name != project) continue;
    ++count;
    return;
  }
  projects->emplace_back(project, 1);
}

// Everything within `max_depth` steps of `start`, level by level.
template <class Next>
std::vector<std::string> Reachable(const FeatureKey& start, std::optional<size_t> max_depth,
                                   const Next& next) {
  std::set<std::string> found;
  std::unordered_set<FeatureKey> seen = {start};
  std::vector<FeatureKey> level = {start};
  for (size_t depth = 0; !level.empty() && (!max_depth || depth < *max_depth); ++depth) {
    std::vector<FeatureKey> following;
    for (const FeatureKey& key : level) {
      for (const FeatureKey& reached : next(key)) {
        found.insert(reached.ToString());
        if (seen.insert(reached).second) following.push_back(reached);
      }
    }
    level = std::move(following);
  }
  return {found.begin(), found.end()};
}

Json Texts(const std::vector<std::string>& texts) {
  return Json::Array(texts.begin(), texts.end());
}

}  // namespace

Json GraphDescription::ToJson() const {
  Json by_project = Json::Object{};
  for (const auto& [project, count] : projects) by_project.Set(project, count);
  Json json = Json::Object{{"metaxy_project_version", project_version},
                           {"total_features", total_features},
                           {"graph_depth", depth},
                           {"root_features", Texts(root_features)},
                           {"leaf_features", Texts(leaf_features)},
                           {"projects", std::move(by_project)}};
  if (filter_project) {
    json.Set("filtered_features", filtered_features);
    json.Set("filter_project", *filter_project);
  }
  return json;
}

arrow::Result<GraphDescription> DescribeGraph(const FeatureGraph& graph, const std::string& project,
                                              const std::optional<std::string>& filter_project) {
  std::string version_project = project;
  if (version_project.empty()) {
    ARROW_ASSIGN_OR_RAISE(version_project, graph.project());
  }
  ARROW_ASSIGN_OR_RAISE(Depths depths, FindDepths(graph));
  GraphDescription description;
  description.project_version = graph.GetProjectVersion(version_project);
  description.total_features = graph.definitions().size();
  description.filter_project = filter_project;

  std::vector<FeatureKey> described = graph.ListFeatures(filter_project);
  description.filtered_features = described.size();
  std::unordered_set<FeatureKey> parents;
  for (const FeatureKey& key : described) {
    for (const FeatureDep& dep : graph.Find(key)->spec.deps) parents.insert(dep.feature);
  }
  for (const FeatureKey& key : described) {
    description.depth = std::max(description.depth, depths[key]);
    if (graph.Find(key)->spec.deps.empty()) description.root_features.push_back(key.ToString());
    if (!parents.contains(key)) description.leaf_features.push_back(key.ToString());
  }
  std::sort(description.root_features.begin(), description.root_features.end());
  std::sort(description.leaf_features.begin(), description.leaf_features.end());
  for (const FeatureDefinition& definition : graph.definitions())
    Count(definition.project, &description.projects);
  return description;
}

arrow::Result<std::vector<std::string>> AllDependencies(const FeatureGraph& graph,
                                                        const FeatureKey& key,
                                                        std::optional<size_t> max_depth) {
  ARROW_RETURN_NOT_OK(graph.GetFeatureDefinition(key).status());
  return Reachable(key, max_depth, [&](const FeatureKey& from) {
    std::vector<FeatureKey> parents;
    if (const FeatureDefinition* definition = graph.Find(from)) {
      for (const FeatureDep& dep : definition->spec.deps) parents.push_back(dep.feature);
    }
    return parents;
  });
}

std::vector<std::string> AllDependents(const FeatureGraph& graph, const FeatureKey& key,
                                       std::optional<size_t> max_depth) {
  std::unordered_map<FeatureKey, std::vector<FeatureKey>> children;
  for (const FeatureDefinition& definition : graph.definitions()) {
    for (const FeatureDep& dep : definition.spec.deps)
      children[dep.feature].push_back(definition.key());
  }
  return Reachable(key, max_depth, [&](const FeatureKey& from) { return children[from]; });
}

}  // namespace metaxy
