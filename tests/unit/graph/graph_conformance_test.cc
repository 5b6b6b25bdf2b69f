// Compares with the Python package's results for the same graphs
// (tests/reference/recorded/capture/capture_models.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "graph/describe.h"
#include "metaxy/errors.h"
#include "metaxy/graph.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using testing::Text;
using testing::Texts;

void Fill(const Json& golden, FeatureGraph* graph) {
  for (const Json& definition : golden.Find("definitions")->as_array()) {
    arrow::Result<FeatureDefinition> read = FeatureDefinition::FromJson(definition);
    ASSERT_TRUE(read.ok()) << read.status();
    arrow::Status status = graph->AddFeatureDefinition(*read);
    ASSERT_TRUE(status.ok()) << status;
  }
}

std::vector<std::string> Sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

template <class Key>
std::vector<std::string> TextsOf(const std::vector<Key>& keys) {
  std::vector<std::string> texts;
  for (const Key& key : keys) texts.push_back(key.ToString());
  return texts;
}

// The code for an error of the reference.
ErrorCode CodeOf(const std::string& error) {
  if (error.starts_with("RecursionError")) return ErrorCode::kCycle;
  if (error.starts_with("MetaxyMissingFeatureDependency"))
    return ErrorCode::kMissingFeatureDependency;
  return ErrorCode::kInvalidDefinition;
}

void CheckFields(const FeaturePlan& plan, const Json& golden) {
  for (const auto& [field, expected] : golden.Find("fields")->as_object()) {
    SCOPED_TRACE(field);
    auto parents = plan.ParentFields(FieldKey(field));
    ASSERT_TRUE(parents.ok()) << parents.status();
    EXPECT_EQ(TextsOf(*parents), Texts(*expected.Find("parents")));
    auto by_parent = plan.FieldDependencies(FieldKey(field));
    ASSERT_TRUE(by_parent.ok()) << by_parent.status();
    Json found = Json::Object{};
    for (const auto& [parent, keys] : *by_parent) {
      std::vector<std::string> texts = Sorted(TextsOf(keys));
      found.Set(parent.ToString(), Json::Array(texts.begin(), texts.end()));
    }
    EXPECT_EQ(found.DumpPython(), expected.Find("by_parent")->DumpPython());
  }
}

void CheckFeature(const FeatureGraph& graph, const FeatureKey& key, const Json& golden) {
  SCOPED_TRACE(key.ToString());
  if (golden.Find("error") != nullptr) {
    arrow::Status status = graph.GetFeatureVersion(key).status();
    EXPECT_TRUE(IsError(status, CodeOf(Text(golden, "error")))) << status;
    testing::OneLine(status);
    return;
  }
  arrow::Result<FeaturePlan> plan = graph.GetFeaturePlan(key);
  ASSERT_TRUE(plan.ok()) << plan.status();
  CheckFields(*plan, golden);
  EXPECT_EQ(Sorted(plan->input_id_columns()), Texts(*golden.Find("input_id_columns")));
  const Json::Array& by_dep = golden.Find("input_id_columns_by_dep")->as_array();
  for (size_t i = 0; i < by_dep.size(); ++i) {
    EXPECT_EQ(plan->InputIdColumns(plan->feature().deps[i]), Texts(by_dep[i]));
  }
  if (golden.Find("column_error") != nullptr) {
    EXPECT_TRUE(IsError(plan->ValidateColumns(), ErrorCode::kInvalidDefinition));
    testing::OneLine(plan->ValidateColumns());
  } else {
    EXPECT_TRUE(plan->ValidateColumns().ok()) << plan->ValidateColumns();
  }
}

void CheckVersions(const FeatureGraph& graph, const Json& golden) {
  for (const auto& [key, expected] : golden.as_object()) {
    SCOPED_TRACE(key);
    arrow::Result<std::string> version = graph.GetFeatureVersion(key);
    ASSERT_TRUE(version.ok()) << version.status();
    EXPECT_EQ(*version, Text(expected, "version"));
    EXPECT_EQ(graph.Find(key)->feature_definition_version(graph.hash_truncation_length()),
              Text(expected, "definition_version"));
    Json by_field = Json::Object{};
    auto versions = graph.GetFeatureVersionByField(key);
    ASSERT_TRUE(versions.ok()) << versions.status();
    for (const auto& [field, field_version] : *versions) {
      by_field.Set(field, field_version);
      EXPECT_EQ(*graph.GetFieldVersion({key, field}), field_version);
    }
    EXPECT_EQ(by_field.DumpPython(), expected.Find("by_field")->DumpPython());
  }
}

void CheckOrders(const FeatureGraph& graph, const Json& golden) {
  EXPECT_EQ(TextsOf(*graph.TopologicalSort()), Texts(*golden.Find("sorted")));
  EXPECT_EQ(TextsOf(*graph.TopologicalSort(std::nullopt, true)), Texts(*golden.Find("descending")));
  std::vector<FeatureKey> every_other;
  for (size_t i = 0; i < graph.definitions().size(); i += 2)
    every_other.push_back(graph.definitions()[i].key());
  EXPECT_EQ(TextsOf(*graph.TopologicalSort(every_other)),
            Texts(*golden.Find("every_other_sorted")));
  for (const auto& [key, downstream] : golden.Find("downstream")->as_object()) {
    EXPECT_EQ(TextsOf(graph.GetDownstreamFeatures(std::vector<FeatureKey>{key})),
              Texts(downstream));
  }
  for (const auto& [project, described] : golden.Find("described")->as_object()) {
    EXPECT_EQ(DescribeGraph(graph, project)->ToJson().DumpPython(),
              described.as_array()[0].DumpPython());
    EXPECT_EQ(DescribeGraph(graph, project, project)->ToJson().DumpPython(),
              described.as_array()[1].DumpPython());
  }
}

TEST(GraphConformance, GivesWhatTheReferenceGives) {
  for (const Json& golden : testing::Goldens("graphs")) {
    SCOPED_TRACE(Text(golden, "name"));
    for (const auto& [truncation, versions] : golden.Find("versions")->as_object()) {
      FeatureGraph graph(std::stoi(truncation));
      Fill(golden, &graph);
      ASSERT_EQ(graph.definitions().size(), golden.Find("features")->as_object().size());
      CheckVersions(graph, versions);
      for (const auto& [project, version] :
           golden.Find("project_versions")->Find(truncation)->as_object()) {
        EXPECT_EQ(graph.GetProjectVersion(project), version.as_string());
        EXPECT_EQ(graph.GetProjectVersion(project), version.as_string());
      }
    }
    FeatureGraph graph(64);
    Fill(golden, &graph);
    for (const auto& [key, feature] : golden.Find("features")->as_object())
      CheckFeature(graph, key, feature);
    if (golden.Find("is_circular") != nullptr) {
      EXPECT_TRUE(IsError(graph.TopologicalSort().status(), ErrorCode::kCycle));
      EXPECT_TRUE(IsError(graph.Validate(), ErrorCode::kCycle));
      EXPECT_TRUE(IsError(DescribeGraph(graph, "p").status(), ErrorCode::kCycle));
    } else {
      CheckOrders(graph, golden);
    }
  }
}

}  // namespace
}  // namespace metaxy
