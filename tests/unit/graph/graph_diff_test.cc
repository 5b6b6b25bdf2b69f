// Graph comparison, as in the Python package.
#include "graph/graph_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/graph_diff_render.h"
#include "json/yaml_text.h"
#include "support/golden.h"
#include "support/matchers.h"

namespace metaxy::testing {
namespace {

FeatureGraph GraphOf(const Json& definitions) {
  FeatureGraph graph;
  for (const Json& definition : definitions.as_array())
    EXPECT_THAT(graph.AddFeatureDefinition(Get(FeatureDefinition::FromJson(definition))), IsOk());
  return graph;
}

std::optional<int64_t> Steps(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return std::stoll(value.as_integer().digits);
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

class GraphDiffConformance : public ::testing::TestWithParam<Json> {
 protected:
  static GraphDiff Diff() {
    return Get(DiffGraphs(GraphOf(*GetParam().Find("from")), GraphOf(*GetParam().Find("to"))));
  }
};

TEST_P(GraphDiffConformance, Json) {
  EXPECT_EQ(Diff().ToJson().DumpIndented(), Text(GetParam(), "json"));
}

TEST_P(GraphDiffConformance, Yaml) {
  EXPECT_EQ(YamlText(Diff().ToJson()), Text(GetParam(), "yaml"));
}

TEST_P(GraphDiffConformance, Mermaid) {
  std::string expected = Text(GetParam(), "mermaid");
  if (expected.back() != '\n') expected += '\n';
  expected = Replaced(Replaced(expected, "=\"", "='"), "\">", "'>");
  if (Text(GetParam(), "name") == "same_node_name") {
    // Two features that share a node in the reference.
    EXPECT_THAT(MermaidText(Diff()), ::testing::HasSubstr("a_b_ --> a_b\n"));
  } else {
    EXPECT_EQ(MermaidText(Diff()), expected);
  }
}

TEST_P(GraphDiffConformance, Focus) {
  const GraphDiff diff = Diff();
  for (const metaxy::Json& focus : GetParam().Find("focus")->as_array()) {
    SCOPED_TRACE(focus.DumpPython());
    const auto part =
        FocusOn(diff, Text(focus, "feature"), Steps(*focus.Find("up")), Steps(*focus.Find("down")));
    if (focus.Find("keys")->is_null()) {
      EXPECT_THAT(part, FailsWith(ErrorCode::kFeatureNotInGraph, Text(focus, "feature")));
      continue;
    }
    std::vector<std::string> keys;
    for (const FeatureDiff& feature : Get(part).features) keys.push_back(feature.key);
    EXPECT_EQ(keys, Texts(*focus.Find("keys")));
    for (const auto& [from, to] : Get(part).edges) {
      EXPECT_THAT(keys, ::testing::Contains(from));
      EXPECT_THAT(keys, ::testing::Contains(to));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GraphDiffConformance, ::testing::ValuesIn(Goldens("graph_diffs")),
                         [](const auto& test) { return Text(test.param, "name"); });

// As written by PyYAML's safe_dump, except for quotes around non-words (the last three).
TEST(YamlTest, Scalars) {
  const std::vector<std::pair<metaxy::Json, std::string>> cases = {
      {"", "''"},           {"a", "a"},       {"Null", "'Null'"},
      {"nUll", "nUll"},     {"OFF", "'OFF'"}, {"0", "'0'"},
      {"00", "'00'"},       {"08", "08"},     {"1_000", "'1_000'"},
      {"0b101", "'0b101'"}, {"0b12", "0b12"}, {"0xfe", "'0xfe'"},
      {"0x", "0x"},         {"-1", "'-1'"},   {"1e5", "1e5"},
      {nullptr, "null"},    {true, "true"},   {12, "12"},
      {"it's", "'it''s'"},  {"a b", "'a b'"}, {"é\n", "\"\\u00e9\\n\""}};
  for (const auto& [value, text] : cases) EXPECT_EQ(YamlText(value), text + "\n");
}

TEST(YamlTest, Nesting) {
  const metaxy::Json value =
      Get(metaxy::Json::Parse(R"({"a": [[1, 2], {"b": {}, "c": [{"d": []}]}], "e": {"f": 1}})"));
  EXPECT_EQ(YamlText(value), "a:\n- - 1\n  - 2\n- b: {}\n  c:\n  - d: []\ne:\n  f: 1\n");
}

}  // namespace
}  // namespace metaxy::testing
