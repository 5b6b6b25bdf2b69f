#include "bench_case.h"

#include <metaxy/errors.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace metaxy::bench {
namespace {

arrow::Status Malformed(const std::string& what) {
  return MakeError(ErrorCode::kInvalidInput, "cases.json: " + what);
}

arrow::Result<const Json*> Require(const Json& object, const std::string& member) {
  const Json* value = object.Find(member);
  if (value == nullptr) return Malformed("a member '" + member + "' is missing");
  return value;
}

arrow::Result<std::string> Text(const Json& object, const std::string& member) {
  ARROW_ASSIGN_OR_RAISE(const Json* value, Require(object, member));
  if (!value->is_string()) return Malformed("'" + member + "' is not a string");
  return value->as_string();
}

arrow::Result<const Json::Array*> List(const Json& object, const std::string& member) {
  ARROW_ASSIGN_OR_RAISE(const Json* value, Require(object, member));
  if (!value->is_array()) return Malformed("'" + member + "' is not a list");
  return &value->as_array();
}

int64_t Number(const Json& object, const std::string& member, int64_t otherwise) {
  const Json* value = object.Find(member);
  return value != nullptr && value->is_integer() ? std::stoll(value->as_integer().digits)
                                                 : otherwise;
}

bool Flag(const Json& object, const std::string& member) {
  const Json* value = object.Find(member);
  return value != nullptr && value->is_bool() && value->as_bool();
}

arrow::Result<Step> ReadStep(const Json& json) {
  Step step;
  ARROW_ASSIGN_OR_RAISE(step.verb, Text(json, "do"));
  ARROW_ASSIGN_OR_RAISE(step.feature, Text(json, "feature"));
  step.divisor = Number(json, "divisor", 1);
  step.generation = Number(json, "generation", 0);
  step.every = Number(json, "every", 1);
  step.block = Number(json, "block", 1);
  step.count = Number(json, "count", 0);
  step.few = Number(json, "few", 0);
  step.writes = Number(json, "writes", step.count);
  step.expand = Number(json, "expand", 0);
  if (json.Find("distinct") != nullptr) {
    ARROW_ASSIGN_OR_RAISE(step.distinct, Text(json, "distinct"));
  }
  if (const Json* changes = json.Find("changes"); changes != nullptr && changes->is_array()) {
    for (const Json& field : changes->as_array()) step.changes.push_back(field.as_string());
  }
  step.unchanged_too = Flag(json, "unchanged_too");
  step.delta = json.Find("delta") != nullptr;
  step.first = Flag(json, "first");
  step.skip_failed = Flag(json, "skip_failed");
  if (const Json* then = json.Find("then"); then != nullptr && then->is_array()) {
    for (const Json& next : then->as_array()) {
      ARROW_ASSIGN_OR_RAISE(step.then.emplace_back(), ReadStep(next));
    }
  }
  return step;
}

arrow::Result<Feature> ReadFeature(const Json& json) {
  Feature feature;
  ARROW_ASSIGN_OR_RAISE(const Json* spec, Require(json, "spec"));
  ARROW_ASSIGN_OR_RAISE(feature.spec, FeatureSpec::FromJson(*spec));
  if (json.Find("columns") == nullptr) return feature;
  ARROW_ASSIGN_OR_RAISE(const Json::Array* columns, List(json, "columns"));
  for (const Json& column : *columns) {
    ColumnRecipe recipe;
    ARROW_ASSIGN_OR_RAISE(recipe.name, Text(column, "name"));
    ARROW_ASSIGN_OR_RAISE(recipe.kind, Text(column, "kind"));
    recipe.size = Number(column, "bytes", Number(column, "count", 0));
    recipe.per = Number(column, "per", 1);
    feature.columns.push_back(std::move(recipe));
  }
  return feature;
}

arrow::Result<Case> ReadCase(const Json& json, const Json& graphs) {
  Case result;
  ARROW_ASSIGN_OR_RAISE(const std::string graph, Text(json, "graph"));
  ARROW_ASSIGN_OR_RAISE(const Json::Array* features, List(graphs, graph));
  for (const Json& feature : *features) {
    ARROW_ASSIGN_OR_RAISE(result.features.emplace_back(), ReadFeature(feature));
  }
  ARROW_ASSIGN_OR_RAISE(const Json::Array* steps, List(json, "prepare"));
  for (const Json& step : *steps) {
    ARROW_ASSIGN_OR_RAISE(result.prepare.emplace_back(), ReadStep(step));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* measure, Require(json, "measure"));
  ARROW_ASSIGN_OR_RAISE(result.measure, ReadStep(*measure));
  return result;
}

}  // namespace

arrow::Result<const Feature*> Case::Find(const std::string& key) const {
  for (const Feature& feature : features) {
    if (feature.spec.key.ToString() == key) return &feature;
  }
  return Malformed("there is no feature '" + key + "' in the graph");
}

arrow::Result<std::shared_ptr<FeatureGraph>> Case::Graph() const {
  auto graph = std::make_shared<FeatureGraph>();
  for (const Feature& feature : features) {
    ARROW_RETURN_NOT_OK(graph->AddFeature(feature.spec, "bench"));
  }
  ARROW_RETURN_NOT_OK(graph->Validate());
  return graph;
}

arrow::Result<Case> LoadCase(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return MakeError(ErrorCode::kIo, "cannot read '" + file + "'");
  ARROW_ASSIGN_OR_RAISE(const Json table, Json::Parse(text.str()));
  ARROW_ASSIGN_OR_RAISE(const Json* graphs, Require(table, "graphs"));
  ARROW_ASSIGN_OR_RAISE(const Json::Array* cases, List(table, "cases"));
  for (const Json& json : *cases) {
    ARROW_ASSIGN_OR_RAISE(const std::string found, Text(json, "name"));
    if (found == name) return ReadCase(json, *graphs);
  }
  return Malformed("there is no case '" + name + "'");
}

}  // namespace metaxy::bench
