#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "metaxy/definitions.h"
#include "project.h"

namespace metaxy::python {
namespace {

// Several texts with definitions: of each its format, its name and itself.
using DefinitionsTexts = std::vector<std::tuple<std::string, std::string, std::string>>;

arrow::Result<Graph> ParseGraph(const DefinitionsTexts& texts, const std::string& project,
                                int hash_truncation_length, bool validate) {
  auto graph = std::make_shared<FeatureGraph>(hash_truncation_length);
  for (const auto& [format, name, text] : texts) {
    const auto kind = format == "json" ? DefinitionsFormat::kJson : DefinitionsFormat::kToml;
    ARROW_ASSIGN_OR_RAISE(auto definitions,
                          ParseDefinitions(text, kind, {.name = name, .project = project}));
    for (FeatureDefinition& definition : definitions)
      ARROW_RETURN_NOT_OK(graph->AddFeatureDefinition(std::move(definition)));
  }
  if (validate) {
    ARROW_RETURN_NOT_OK(
        graph->Validate(/*allow_missing_dependencies=*/graph->has_external_features()));
  }
  return Graph{std::move(graph)};
}

std::vector<std::string> TextsOf(const std::vector<FeatureKey>& keys) {
  std::vector<std::string> texts;
  texts.reserve(keys.size());
  for (const FeatureKey& key : keys) texts.push_back(key.ToString());
  return texts;
}

std::string DefinitionsOf(const Graph& graph) {
  Json list = Json::Array{};
  for (const FeatureDefinition& definition : graph.graph->definitions())
    list.as_array().push_back(definition.ToJson());
  return list.DumpPython();
}

std::vector<std::string> ParentsOf(const Graph& graph, const std::string& feature) {
  const FeaturePlan plan = ValueOf(graph.graph->GetFeaturePlan(feature));
  std::vector<std::string> parents;
  for (const FeatureSpec& parent : plan.parents()) parents.push_back(parent.key.ToString());
  return parents;
}

}  // namespace

void BindGraph(nb::module_& module) {
  nb::class_<Graph>(module, "Graph")
      .def_static(
          "parse",
          [](const DefinitionsTexts& texts, const std::string& project, int length, bool validate) {
            return ValueOf(ParseGraph(texts, project, length, validate));
          })
      .def_prop_ro("hash_truncation_length",
                   [](const Graph& self) { return self.graph->hash_truncation_length(); })
      .def("features",
           [](const Graph& self, const std::optional<std::string>& project) {
             return TextsOf(self.graph->ListFeatures(project));
           })
      .def("sorted_features",
           [](const Graph& self) { return TextsOf(ValueOf(self.graph->TopologicalSort())); })
      .def("parents", &ParentsOf)
      .def("id_columns",
           [](const Graph& self, const std::string& feature) {
             return ValueOf(self.graph->GetFeatureDefinition(feature))->spec.id_columns;
           })
      .def("feature_version",
           [](const Graph& self, const std::string& feature) {
             return ValueOf(self.graph->GetFeatureVersion(feature));
           })
      .def("field_versions",
           [](const Graph& self, const std::string& feature) {
             return ValueOf(self.graph->GetFeatureVersionByField(feature));
           })
      .def("project", [](const Graph& self) { return ValueOf(self.graph->project()); })
      .def("project_version",
           [](const Graph& self, const std::string& project) {
             return self.graph->GetProjectVersion(project);
           })
      .def("definitions", &DefinitionsOf);
}

}  // namespace metaxy::python
