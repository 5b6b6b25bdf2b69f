// Mermaid flowcharts, laid out as in the reference.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "graph/render/graph_data.h"
#include "graph/render/theme.h"

namespace metaxy::render {

namespace {

// Words that Mermaid does not accept as node names.
constexpr std::array kReserved = {"end",   "graph",    "flowchart", "subgraph", "style",
                                  "class", "classdef", "click",     "linkstyle"};

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Node names. Two features, or a feature and a reserved word of Mermaid, never share one.
class Ids {
 public:
  const std::string& Of(const FeatureKey& key) {
    auto [it, is_new] = ids_.try_emplace(key.ToString());
    if (!is_new) return it->second;
    std::string base = ReplaceAll(it->first, "/", "_");
    base = ReplaceAll(std::move(base), "-", "_");
    base = ReplaceAll(std::move(base), "__", "_");
    for (char& c : base) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (std::find(kReserved.begin(), kReserved.end(), base) != kReserved.end()) base += "_";
    std::string id = base;
    for (int i = 2; !taken_.insert(id).second; ++i) id = fmt::format("{}_{}", base, i);
    it->second = std::move(id);
    return it->second;
  }

 private:
  std::map<std::string, std::string> ids_;
  std::set<std::string> taken_;
};

// Inside a quoted label, which is HTML. Only code versions can need it.
std::string Escaped(std::string_view text) {
  std::string result;
  for (char c : text) {
    switch (c) {
      case '"':
        result += "#quot;";
        break;
      case '<':
        result += "#lt;";
        break;
      case '>':
        result += "#gt;";
        break;
      case '&':
        result += "#amp;";
        break;
      case '\n':
        result += "<br/>";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// The title is in YAML: quoted if it would be read as something else.
std::string Title(const GraphData& data, const RenderConfig& config) {
  if (!config.title) return data.is_diff() ? "Feature Graph Changes" : "Feature Graph";
  const std::string& title = *config.title;
  const bool is_plain = !title.empty() && title.front() != ' ' && title.back() != ' ' &&
                        std::all_of(title.begin(), title.end(), [](char c) {
                          return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ' ' ||
                                 c == '_' || c == '/' || c == '.' || c == '(' || c == ')' ||
                                 static_cast<unsigned char>(c) >= 0x80;
                        });
  if (is_plain) return title;
  std::string quoted = "\"";
  for (char c : title) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string Transition(const std::optional<std::string>& from, const std::optional<std::string>& to,
                       const RenderConfig& config) {
  return fmt::format("<font color=\"{}\">{}</font> → <font color=\"{}\">{}</font>",
                     kOldVersionColor, ShownVersion(from, config), kNewVersionColor,
                     ShownVersion(to, config));
}

std::string FieldLine(const FieldNode& field, const RenderConfig& config) {
  std::string name = field.key.ToString();
  if (field.status != NodeStatus::kNormal && field.status != NodeStatus::kUnchanged)
    name = fmt::format("<font color=\"{}\">{}</font>", StatusColor(field.status, kUnchangedColor),
                       name);
  std::string versions;
  if (config.show_field_versions) {
    versions = field.status == NodeStatus::kChanged && field.old_version
                   ? Transition(field.old_version, field.version, config)
                   : ShownVersion(field.version, config);
  }
  if (config.show_code_versions && field.code_version) {
    versions += (versions.empty() ? "" : ", ") + ("cv: " + Escaped(*field.code_version));
  }
  return "- " + name + (versions.empty() ? "" : " (" + versions + ")");
}

std::string Label(const GraphNode& node, const RenderConfig& config) {
  std::string text = fmt::format("<b>{}</b>", node.key.ToString());
  if (config.show_projects && node.project && !node.project->empty()) {
    text +=
        fmt::format("<br/><small><font color=\"#666\">Project: {}</font></small>", *node.project);
  }
  if (config.show_feature_versions && node.version) {
    text += "<br/>" + (node.status == NodeStatus::kChanged && node.old_version
                           ? Transition(node.old_version, node.version, config)
                           : ShownVersion(node.version, config));
  }
  if (config.show_fields && !node.fields.empty()) {
    text += "<br/><font color=\"#999\">---</font>";
    for (const FieldNode& field : node.fields) text += "<br/>" + FieldLine(field, config);
  }
  return fmt::format("<div style=\"text-align:left\">{}</div>", text);
}

// Statuses as the shape and border of a node.
std::string Node(const GraphNode& node, const std::string& id, const RenderConfig& config) {
  std::string label = Label(node, config);
  switch (node.status) {
    case NodeStatus::kRemoved:
      return fmt::format("\t{}([\"{}\"])\n", id, label);
    case NodeStatus::kAdded:
      return fmt::format("\t{}(\"{}\")\n", id, label);
    default:
      return fmt::format("\t{}[\"{}\"]\n", id, label);
  }
}

std::string Styles(const GraphData& data, Ids* ids) {
  std::vector<const GraphNode*> nodes;
  for (const GraphNode& node : data.nodes) nodes.push_back(&node);
  auto lower = [](const GraphNode* node) {
    std::string text = node->key.ToString();
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  };
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&](const GraphNode* a, const GraphNode* b) { return lower(a) < lower(b); });
  std::string text;
  for (const GraphNode* node : nodes) {
    if (node->status == NodeStatus::kNormal) continue;
    text += fmt::format("\n    style {} stroke:{}{}", ids->Of(node->key),
                        StatusColor(node->status, kUnchangedColor),
                        node->status == NodeStatus::kUnchanged ? "" : ",stroke-width:2px");
  }
  return text;
}

}  // namespace

std::string ToMermaid(const GraphData& data, const RenderConfig& config) {
  std::string text =
      fmt::format("---\ntitle: {}\n---\nflowchart {}\n", Title(data, config), config.direction);
  if (config.show_project_version) {
    text +=
        fmt::format("    %% Snapshot version: {}\n", ShownVersion(data.project_version, config));
  }
  text +=
      "    %%{init: {'flowchart': {'htmlLabels': true, 'curve': 'basis'}, 'themeVariables': "
      "{'fontSize': '14px'}}}%%\n";
  Ids ids;
  const std::vector<const GraphNode*> order = TopologicalOrder(data);
  for (const GraphNode* node : order) text += Node(*node, ids.Of(node->key), config);
  for (const GraphNode* node : order) {
    for (const FeatureKey& parent : node->dependencies) {
      if (data.Find(parent) != nullptr)
        text += fmt::format("\t{} --> {}\n", ids.Of(parent), ids.Of(node->key));
    }
  }
  if (data.is_diff()) text += "\n" + Styles(data, &ids);
  return text;
}

}  // namespace metaxy::render
