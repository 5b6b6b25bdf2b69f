// Compares with the Python package's drawings (tests/reference/recorded/capture/capture_render.py),
// and covers its mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/render/graph_data.h"
#include "metaxy/errors.h"
#include "support/golden.h"

namespace metaxy::render {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Text;

std::optional<std::string> Optional(const Json& object, const char* member) {
  const Json* value = object.Find(member);
  return value == nullptr || value->is_null() ? std::nullopt
                                              : std::make_optional(value->as_string());
}

RenderConfig ConfigOf(const Json& json) {
  RenderConfig config;
  auto flag = [&](const char* name, bool* value) {
    if (const Json* given = json.Find(name)) *value = given->as_bool();
  };
  auto number = [&](const char* name) -> std::optional<size_t> {
    const Json* given = json.Find(name);
    return given ? std::make_optional<size_t>(std::stoul(given->as_integer().digits))
                 : std::nullopt;
  };
  flag("show_fields", &config.show_fields);
  flag("show_feature_versions", &config.show_feature_versions);
  flag("show_field_versions", &config.show_field_versions);
  flag("show_code_versions", &config.show_code_versions);
  flag("show_project_version", &config.show_project_version);
  flag("show_projects", &config.show_projects);
  config.hash_length = number("hash_length").value_or(8);
  config.direction = Optional(json, "direction").value_or("TB");
  config.up = number("up");
  config.down = number("down");
  config.project = Optional(json, "project");
  if (std::optional<std::string> feature = Optional(json, "feature")) config.feature = *feature;
  return config;
}

NodeStatus StatusOf(const std::string& text) {
  if (text == "added") return NodeStatus::kAdded;
  if (text == "removed") return NodeStatus::kRemoved;
  return text == "changed" ? NodeStatus::kChanged : NodeStatus::kUnchanged;
}

GraphData ReadNodes(const Json& nodes) {
  GraphData data;
  for (const Json& json : nodes.as_array()) {
    GraphNode node{.key = Text(json, "key"),
                   .version = Optional(json, "version"),
                   .old_version = Optional(json, "old_version"),
                   .status = StatusOf(Text(json, "status"))};
    for (const Json& field : json.Find("fields")->as_array()) {
      node.fields.push_back({.key = Text(field, "key"),
                             .version = Optional(field, "version"),
                             .old_version = Optional(field, "old_version"),
                             .status = StatusOf(Text(field, "status"))});
    }
    for (const Json& parent : json.Find("dependencies")->as_array())
      node.dependencies.emplace_back(parent.as_string());
    data.nodes.push_back(std::move(node));
  }
  return data;
}

GraphData DataOf(const Json& golden) {
  if (golden.Find("nodes") != nullptr) return ReadNodes(*golden.Find("nodes"));
  FeatureGraph graph(16);
  for (const Json& definition : golden.Find("definitions")->as_array())
    EXPECT_TRUE(graph.AddFeatureDefinition(*FeatureDefinition::FromJson(definition)).ok());
  arrow::Result<GraphData> data = FromFeatureGraph(graph, "films");
  EXPECT_TRUE(data.ok()) << data.status();
  return *data;
}

TEST(RenderTest, DrawsAsTheReference) {
  for (const Json& golden : testing::Goldens("render")) {
    SCOPED_TRACE(Text(golden, "name"));
    const GraphData data = DataOf(golden);
    for (const Json& expected : golden.Find("cases")->as_array()) {
      SCOPED_TRACE(expected.Find("config")->DumpPython());
      const RenderConfig config = ConfigOf(*expected.Find("config"));
      arrow::Result<GraphData> selected = Select(data, config);
      ASSERT_TRUE(selected.ok()) << selected.status();
      EXPECT_EQ(ToGraphviz(*selected, config), Text(expected, "graphviz"));
      if (!expected.Find("mermaid")->is_null()) {
        EXPECT_EQ(ToMermaid(*selected, config), Text(expected, "mermaid"));
      }
    }
  }
}

GraphNode Node(const char* key, std::vector<FeatureKey> parents = {}) {
  return {.key = key, .version = "0123456789", .dependencies = std::move(parents)};
}

std::vector<std::string> KeysOf(const GraphData& data) {
  std::vector<std::string> keys;
  for (const GraphNode& node : data.nodes) keys.push_back(node.key.ToString());
  return keys;
}

// In the reference, what is first reached by a long path is not followed further.
TEST(RenderTest, CountsStepsByTheShortestWay) {
  const GraphData data{
      .nodes = {Node("a"), Node("b", {"a"}), Node("c", {"b"}), Node("d", {"c", "b"})}};
  arrow::Result<GraphData> up = Select(data, {.feature = "d", .up = 2, .down = 0});
  ASSERT_TRUE(up.ok());
  EXPECT_THAT(KeysOf(*up), ElementsAre("a", "b", "c", "d"));
  arrow::Result<GraphData> down = Select(data, {.feature = "b", .up = 0, .down = 1});
  ASSERT_TRUE(down.ok());
  EXPECT_THAT(KeysOf(*down), ElementsAre("b", "c", "d"));
}

TEST(RenderTest, NamesTheNearestFeature) {
  arrow::Status status = Select({.nodes = {Node("crop")}}, {.feature = "corp"}).status();
  EXPECT_TRUE(IsError(status, ErrorCode::kFeatureNotInGraph));
  EXPECT_THAT(testing::OneLine(status), HasSubstr("'corp' in the graph; did you mean 'crop'?"));
}

TEST(RenderTest, MermaidNamesAreNeverSharedNorReserved) {
  const std::string text =
      ToMermaid({.nodes = {Node("a/b"), Node("a_b", {"a/b"}), Node("end", {"a_b"})}}, {});
  EXPECT_THAT(text, HasSubstr("\ta_b --> a_b_2\n\ta_b_2 --> end_\n"));
}

TEST(RenderTest, ShapesShowWhatWasAddedAndRemoved) {
  GraphData data{.nodes = {Node("a"), Node("b", {"a"})}};
  data.nodes[0].status = NodeStatus::kAdded;
  data.nodes[1].status = NodeStatus::kRemoved;
  const std::string text = ToMermaid(data, {.show_fields = false});
  EXPECT_THAT(text, HasSubstr("\ta(\"<div"));
  EXPECT_THAT(text, HasSubstr("\tb([\"<div"));
  EXPECT_THAT(text, ::testing::EndsWith("\n    style a stroke:#00FF00,stroke-width:2px"
                                        "\n    style b stroke:#FF0000,stroke-width:2px"));
}

TEST(RenderTest, QuotesWhatWouldBreakTheFormat) {
  GraphData data{.nodes = {Node("a")}};
  data.nodes[0].fields = {{.key = "x", .version = "1", .code_version = "a\"<b>\\\nc"}};
  RenderConfig config{.show_code_versions = true, .title = "a: \"b\""};
  const std::string mermaid = ToMermaid(data, config);
  EXPECT_THAT(mermaid, ::testing::StartsWith("---\ntitle: \"a: \\\"b\\\"\"\n---\n"));
  EXPECT_THAT(mermaid, HasSubstr("cv: a#quot;#lt;b#gt;\\<br/>c)"));
  const std::string dot = ToGraphviz(data, config);
  EXPECT_THAT(dot, HasSubstr("label=\"a: \\\"b\\\"\";"));
  EXPECT_THAT(dot, HasSubstr("cv: a\\\"<b>\\\\\\nc\""));
}

TEST(RenderTest, OrdersLongChains) {
  GraphData data;
  data.nodes.push_back(Node("n0"));
  for (int i = 1; i < 20000; ++i) {
    const std::string parent = "n" + std::to_string(i - 1);
    data.nodes.push_back(Node(("n" + std::to_string(i)).c_str(), {FeatureKey(parent)}));
  }
  const auto order = TopologicalOrder(data);
  ASSERT_EQ(order.size(), 20000u);
  EXPECT_EQ(order.back()->key.ToString(), "n19999");
}

}  // namespace
}  // namespace metaxy::render
