#include "cli/commands/feature_json.h"

#include <optional>
#include <utility>

namespace metaxy::cli {

namespace {

Json Texts(const std::vector<std::string>& texts) {
  return Json::Array(texts.begin(), texts.end());
}

arrow::Result<Json::Array> DepsOf(const FeaturePlan& plan, const FieldKey& field) {
  ARROW_ASSIGN_OR_RAISE(auto by_parent, plan.FieldDependencies(field));
  Json::Array deps;
  for (const auto& [parent, fields] : by_parent) {
    Json::Array names;
    for (const FieldKey& name : fields) names.emplace_back(name.ToString());
    deps.emplace_back(Json::Object{{"feature", parent.ToString()}, {"fields", std::move(names)}});
  }
  return deps;
}

Json DependencyToJson(const FeatureDep& dep) {
  Json::Object object = {{"feature", dep.feature.ToString()}};
  if (dep.select) object.emplace_back("select", Texts(*dep.select));
  if (dep.rename && !dep.rename->empty()) {
    Json::Object rename;
    for (const auto& [from, to] : *dep.rename) rename.emplace_back(from, to);
    object.emplace_back("rename", std::move(rename));
  }
  if (dep.optional) object.emplace_back("optional", true);
  return Json(std::move(object));
}

}  // namespace

arrow::Result<Json> FieldsToJson(const FeatureGraph& graph, const FeatureDefinition& definition,
                                 bool with_deps) {
  std::optional<FeaturePlan> plan;
  if (with_deps && !definition.spec.deps.empty()) {
    ARROW_ASSIGN_OR_RAISE(plan, graph.GetFeaturePlan(definition.key()));
  }
  Json::Array fields;
  for (const FieldSpec& field : definition.spec.fields) {
    ARROW_ASSIGN_OR_RAISE(std::string version,
                          graph.GetFieldVersion({definition.key(), field.key}));
    Json::Object object = {{"key", field.key.ToString()},
                           {"code_version", field.code_version},
                           {"version", std::move(version)}};
    if (plan) {
      ARROW_ASSIGN_OR_RAISE(Json::Array deps, DepsOf(*plan, field.key));
      if (!deps.empty()) object.emplace_back("deps", std::move(deps));
    }
    fields.emplace_back(std::move(object));
  }
  return Json(std::move(fields));
}

arrow::Result<Json> ListedFeature(const FeatureGraph& graph, const FeatureDefinition& definition,
                                  bool verbose) {
  const FeatureSpec& spec = definition.spec;
  ARROW_ASSIGN_OR_RAISE(std::string version, graph.GetFeatureVersion(spec.key));
  ARROW_ASSIGN_OR_RAISE(Json fields, FieldsToJson(graph, definition, verbose));
  Json::Object object = {{"key", spec.key.ToString()},
                         {"version", std::move(version)},
                         {"is_root", spec.deps.empty()},
                         {"is_external", definition.is_external},
                         {"project", definition.project},
                         {"source", definition.display_source()},
                         {"field_count", static_cast<int64_t>(spec.fields.size())},
                         {"fields", std::move(fields)}};
  if (verbose && !spec.deps.empty()) {
    Json::Array deps;
    for (const FeatureDep& dep : spec.deps) deps.emplace_back(dep.feature.ToString());
    object.emplace_back("deps", std::move(deps));
  }
  return Json(std::move(object));
}

arrow::Result<Json> DescribedFeature(const FeatureGraph& graph,
                                     const FeatureDefinition& definition) {
  const FeatureSpec& spec = definition.spec;
  ARROW_ASSIGN_OR_RAISE(std::string version, graph.GetFeatureVersion(spec.key));
  ARROW_ASSIGN_OR_RAISE(Json fields, FieldsToJson(graph, definition, true));
  Json::Array dependencies;
  for (const FeatureDep& dep : spec.deps) dependencies.push_back(DependencyToJson(dep));
  Json::Object object = {{"project", definition.project},
                         {"key", spec.key.ToString()},
                         {"version", std::move(version)},
                         {"description", spec.description ? Json(*spec.description) : Json()},
                         {"is_external", definition.is_external},
                         {"source", definition.display_source()},
                         {"id_columns", Texts(spec.id_columns)},
                         {"fields", std::move(fields)},
                         {"dependencies", std::move(dependencies)}};
  if (spec.metadata.is_object() && !spec.metadata.as_object().empty())
    object.emplace_back("metadata", spec.metadata);
  return Json(std::move(object));
}

std::string FieldDepsText(const Json& field) {
  const Json* deps = field.Find("deps");
  if (deps == nullptr) return "";
  std::string text;
  for (const Json& dep : deps->as_array()) {
    const std::string& feature = dep.Find("feature")->as_string();
    for (const Json& name : dep.Find("fields")->as_array()) {
      text += (text.empty() ? "" : ", ") + feature + "." + name.as_string();
    }
  }
  return text;
}

}  // namespace metaxy::cli
