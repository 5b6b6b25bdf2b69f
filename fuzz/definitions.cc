// Feature definitions in JSON and TOML, and what is derived from them: the graph and its versions.
#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "project/definitions_json.h"
#include "project/definitions_toml.h"
#include "targets.h"

namespace metaxy::fuzz {
namespace {

// Accepted definitions make a graph, or an error that says why not; and their serialised form is
// read back unchanged.
void Use(const std::vector<FeatureDefinition>& definitions) {
  FeatureGraph graph;
  for (const FeatureDefinition& definition : definitions) {
    const Json json = definition.ToJson();
    const auto again = FeatureDefinition::FromJson(json);
    Require(again.ok(), "a definition reads what it has written: " + again.status().ToString());
    Require(again->ToJson() == json, "a definition writes what it has read");
    RequireOneLine(graph.AddFeatureDefinition(definition));
  }
  for (const FeatureKey& key : graph.ListFeatures()) {
    RequireOneLine(graph.GetFeatureVersion(key).status());
    RequireOneLine(graph.GetFeaturePlan(key).status());
  }
}

}  // namespace

void FuzzDefinitionsJson(Input input) {
  const auto definitions = ParseDefinitionsJson(TextOf(input), "fuzz.json", "project");
  RequireOneLine(definitions.status());
  if (definitions.ok()) Use(*definitions);
}

void FuzzDefinitionsToml(Input input) {
  const auto definitions = ParseDefinitionsToml(TextOf(input), "fuzz.toml", "fuzz", "project");
  RequireOneLine(definitions.status());
  if (definitions.ok()) Use(*definitions);
}

}  // namespace metaxy::fuzz
