#include "cli/graph_json.h"

namespace metaxy::cli {

namespace {

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json FieldJson(const render::FieldNode& field) {
  Json::Array parents;
  for (const FQFieldKey& parent : field.parents) parents.emplace_back(parent.ToString());
  return Json::Object{{"key", field.key.ToString()},
                      {"version", OrNull(field.version)},
                      {"code_version", OrNull(field.code_version)},
                      {"dependencies", std::move(parents)}};
}

Json CountsJson(const render::NodeCounts& counts) {
  Json json = Json::Object{
      {"stored", counts.stored}, {"new", counts.new_samples},
      {"stale", counts.stale},   {"orphaned", counts.orphaned},
      {"failed", counts.failed}, {"is_root", counts.is_root},
      {"exists", counts.exists}, {"error", counts.error.empty() ? Json() : Json(counts.error)}};
  if (counts.waits_for.empty()) return json;
  Json::Array parents;
  for (const FeatureKey& parent : counts.waits_for) parents.emplace_back(parent.ToString());
  json.Set("waits_for", std::move(parents));
  return json;
}

}  // namespace

Json GraphJson(const render::GraphData& data) {
  Json::Array features;
  for (const render::GraphNode& node : data.nodes) {
    Json::Array parents;
    for (const FeatureKey& parent : node.dependencies) parents.emplace_back(parent.ToString());
    Json::Array fields;
    for (const render::FieldNode& field : node.fields) fields.push_back(FieldJson(field));
    Json feature =
        Json::Object{{"key", node.key.ToString()},
                     {"version", OrNull(node.version)},
                     {"project", OrNull(node.project)},
                     {"description", OrNull(node.description)},
                     {"id_columns", Json::Array(node.id_columns.begin(), node.id_columns.end())},
                     {"dependencies", std::move(parents)},
                     {"fields", std::move(fields)}};
    if (node.counts) feature.Set("counts", CountsJson(*node.counts));
    features.push_back(std::move(feature));
  }
  return Json::Object{{"project_version", OrNull(data.project_version)},
                      {"features", std::move(features)}};
}

}  // namespace metaxy::cli
