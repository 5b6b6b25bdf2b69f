// Graphviz DOT, laid out as in the reference.
#include <fmt/core.h>

#include <string>

#include "graph/render/graph_data.h"
#include "graph/render/theme.h"

namespace metaxy::render {

namespace {

// Inside a quoted DOT string. Only code versions can need it.
std::string Escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

const char* Badge(NodeStatus status) {
  switch (status) {
    case NodeStatus::kAdded:
      return "\\n[ADDED]";
    case NodeStatus::kRemoved:
      return "\\n[REMOVED]";
    case NodeStatus::kChanged:
      return "\\n[CHANGED]";
    case NodeStatus::kUnchanged:
      return "\\n[UNCHANGED]";
    default:
      return "";
  }
}

const char* Shape(const GraphNode& node) {
  if (node.dependencies.empty()) return "doubleoctagon";
  if (node.status == NodeStatus::kRemoved) return "octagon";
  return node.status == NodeStatus::kAdded ? "oval" : "box";
}

template <class Node>
std::string VersionLine(const Node& node, const RenderConfig& config) {
  if (node.status == NodeStatus::kChanged && node.old_version) {
    return fmt::format("\\nv: {} → {}", ShownVersion(node.old_version, config),
                       ShownVersion(node.version, config));
  }
  return "\\nv: " + ShownVersion(node.version, config);
}

std::string Label(const GraphNode& node, const RenderConfig& config) {
  std::string label = node.key.ToString() + Badge(node.status);
  if (config.show_feature_versions) label += VersionLine(node, config);
  return label;
}

std::string Label(const FieldNode& field, const RenderConfig& config) {
  std::string label = field.key.ToString() + Badge(field.status);
  if (config.show_field_versions) label += VersionLine(field, config);
  if (config.show_code_versions && field.code_version)
    label += "\\ncv: " + Escaped(*field.code_version);
  return label;
}

void AppendFields(const GraphNode& node, const RenderConfig& config, std::string* text) {
  const std::string parent = node.key.ToString();
  for (const FieldNode& field : node.fields) {
    const std::string id = parent + "::" + field.key.ToString();
    *text += fmt::format("    \"{}\" [label=\"{}\", shape=ellipse, color=\"{}\", fontsize=10];\n",
                         id, Label(field, config), StatusColor(field.status, kFieldColor));
    *text += fmt::format("    \"{}\" -> \"{}\" [style=dashed, arrowhead=none];\n", parent, id);
  }
}

}  // namespace

std::string ToGraphviz(const GraphData& data, const RenderConfig& config) {
  std::string label = "Graph";
  if (config.title) {
    label = Escaped(*config.title);
  } else if (config.show_project_version) {
    label = fmt::format("Graph (snapshot: {})", ShownVersion(data.project_version, config));
  }
  std::string text = fmt::format(
      "strict digraph {{\n    rankdir={};\n    label=\"{}\";\n    labelloc=t;\n    fontsize=14;\n"
      "    fontname=helvetica;\n\n",
      config.direction, label);
  for (const GraphNode* node : TopologicalOrder(data)) {
    text +=
        fmt::format("    \"{}\" [label=\"{}\", shape={}, color=\"{}\"];\n", node->key.ToString(),
                    Label(*node, config), Shape(*node), StatusColor(node->status, kFeatureColor));
  }
  text += "\n";
  for (const GraphNode& node : data.nodes) {
    for (const FeatureKey& parent : node.dependencies)
      text += fmt::format("    \"{}\" -> \"{}\";\n", parent.ToString(), node.key.ToString());
  }
  text += "\n";
  if (config.show_fields) {
    for (const GraphNode& node : data.nodes) AppendFields(node, config, &text);
  }
  return text + "}";
}

}  // namespace metaxy::render
