#include "store/definitions/graph_snapshots.h"

#include <algorithm>
#include <optional>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// The first dependency missing from the graph, if any.
std::optional<FeatureKey> MissingDependency(const FeatureGraph& graph) {
  for (const FeatureDefinition& definition : graph.definitions()) {
    for (const FeatureDep& dep : definition.spec.deps) {
      if (!graph.Find(dep.feature)) return dep.feature;
    }
  }
  return std::nullopt;
}

// A feature as it was pushed at a given time, or the closest push; null if it was never pushed.
const PushedFeature* AsOf(const std::vector<PushedFeature>& pushed, const FeatureKey& key,
                          int64_t timestamp) {
  const PushedFeature* best = nullptr;
  for (const PushedFeature& feature : pushed) {
    if (feature.feature_key != key.ToString()) continue;
    const bool known_then = feature.recorded_at <= timestamp;
    const bool best_known_then = best != nullptr && best->recorded_at <= timestamp;
    if (best == nullptr || (known_then && !best_known_then) ||
        (known_then && feature.recorded_at > best->recorded_at) ||
        (!known_then && !best_known_then && feature.recorded_at < best->recorded_at)) {
      best = &feature;
    }
  }
  return best;
}

}  // namespace

arrow::Result<FeatureDefinition> PushedDefinition(const PushedFeature& feature,
                                                  const std::string& source) {
  const auto read = [&]() -> arrow::Result<FeatureDefinition> {
    ARROW_ASSIGN_OR_RAISE(Json spec, Json::Parse(feature.feature_spec));
    Json json = Json::Object{};
    json.Set("spec", std::move(spec));
    json.Set("feature_schema", feature.feature_schema);
    json.Set("feature_class_path", feature.feature_class_path);
    json.Set("project", feature.project);
    return FeatureDefinition::FromJson(json);
  };
  arrow::Result<FeatureDefinition> definition = read();
  if (!definition.ok()) {
    return WithContext(definition.status(),
                       "feature '" + feature.feature_key + "' as pushed to " + source);
  }
  definition->source = source;
  return definition;
}

arrow::Result<std::shared_ptr<FeatureGraph>> PushedGraph(const std::vector<PushedFeature>& pushed,
                                                         const std::string& project_version,
                                                         int hash_truncation_length,
                                                         const std::string& source) {
  std::vector<const PushedFeature*> rows;
  for (const PushedFeature& feature : pushed) {
    if (feature.project_version == project_version) rows.push_back(&feature);
  }
  // If something was pushed twice, the later one counts.
  std::stable_sort(rows.begin(), rows.end(), [](const PushedFeature* a, const PushedFeature* b) {
    return a->recorded_at < b->recorded_at;
  });
  auto graph = std::make_shared<FeatureGraph>(hash_truncation_length);
  for (const PushedFeature* row : rows) {
    ARROW_ASSIGN_OR_RAISE(FeatureDefinition definition, PushedDefinition(*row, source));
    graph->ReplaceFeatureDefinition(std::move(definition));
  }
  const int64_t timestamp = rows.empty() ? 0 : rows.back()->recorded_at;
  while (const std::optional<FeatureKey> missing = MissingDependency(*graph)) {
    const PushedFeature* parent = AsOf(pushed, *missing, timestamp);
    if (parent == nullptr) break;  // reported when the plan is requested
    ARROW_ASSIGN_OR_RAISE(FeatureDefinition definition, PushedDefinition(*parent, source));
    graph->ReplaceFeatureDefinition(std::move(definition));
  }
  return graph;
}

}  // namespace metaxy::internal
