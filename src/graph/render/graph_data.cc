#include "graph/render/graph_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::render {

namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Positions of nodes, ordered by their keys as strings, ignoring case.
using Order = std::vector<size_t>;

struct Index {
  explicit Index(const GraphData& data) {
    for (size_t i = 0; i < data.nodes.size(); ++i) {
      by_key.emplace(data.nodes[i].key, i);
      names.push_back(Lower(data.nodes[i].key.ToString()));
    }
  }

  void Sort(Order* order) const {
    std::stable_sort(order->begin(), order->end(),
                     [&](size_t a, size_t b) { return names[a] < names[b]; });
  }

  std::unordered_map<FeatureKey, size_t> by_key;
  std::vector<std::string> names;
};

Order ParentsOf(const GraphNode& node, const Index& index) {
  Order parents;
  for (const FeatureKey& key : node.dependencies) {
    if (auto it = index.by_key.find(key); it != index.by_key.end()) parents.push_back(it->second);
  }
  return parents;
}

// Everything within `steps` of `start` along `edges`, including `start`.
std::set<size_t> Reach(size_t start, const std::vector<Order>& edges, std::optional<size_t> steps) {
  std::set<size_t> reached = {start};
  Order frontier = {start};
  for (size_t step = 0; !frontier.empty() && (!steps || step < *steps); ++step) {
    Order next;
    for (size_t node : frontier) {
      for (size_t other : edges[node]) {
        if (reached.insert(other).second) next.push_back(other);
      }
    }
    frontier = std::move(next);
  }
  return reached;
}

GraphData Keep(GraphData data, const std::set<size_t>& kept) {
  std::vector<GraphNode> nodes;
  for (size_t i : kept) nodes.push_back(std::move(data.nodes[i]));
  data.nodes = std::move(nodes);
  return data;
}

arrow::Result<GraphData> Around(GraphData data, const RenderConfig& config) {
  const Index index(data);
  const auto focus = index.by_key.find(*config.feature);
  if (focus == index.by_key.end()) {
    std::vector<std::string> names;
    for (const GraphNode& node : data.nodes) names.push_back(node.key.ToString());
    const std::string name = config.feature->ToString();
    return MakeError(
        ErrorCode::kFeatureNotInGraph,
        fmt::format("there is no feature {} in the graph{}", Quote(name), DidYouMean(name, names)));
  }
  std::vector<Order> up(data.nodes.size());
  std::vector<Order> down(data.nodes.size());
  for (size_t i = 0; i < data.nodes.size(); ++i) {
    up[i] = ParentsOf(data.nodes[i], index);
    for (size_t parent : up[i]) down[parent].push_back(i);
  }
  std::set<size_t> kept = Reach(focus->second, up, config.up);
  kept.merge(Reach(focus->second, down, config.down));
  return Keep(std::move(data), kept);
}

GraphData OfProject(GraphData data, const std::string& project) {
  const Index index(data);
  std::set<size_t> kept;
  for (size_t i = 0; i < data.nodes.size(); ++i) {
    if (data.nodes[i].project != project) continue;
    kept.insert(i);
    for (size_t parent : ParentsOf(data.nodes[i], index)) kept.insert(parent);
  }
  return Keep(std::move(data), kept);
}

}  // namespace

const GraphNode* GraphData::Find(const FeatureKey& key) const {
  auto it = std::find_if(nodes.begin(), nodes.end(),
                         [&](const GraphNode& node) { return node.key == key; });
  return it == nodes.end() ? nullptr : &*it;
}

bool GraphData::is_diff() const {
  return std::any_of(nodes.begin(), nodes.end(),
                     [](const GraphNode& node) { return node.status != NodeStatus::kNormal; });
}

arrow::Result<GraphData> FromFeatureGraph(const FeatureGraph& graph,
                                          const std::optional<std::string>& project) {
  GraphData data;
  for (const FeatureDefinition& definition : graph.definitions()) {
    GraphNode node{.key = definition.spec.key,
                   .project = definition.project,
                   .description = definition.spec.description,
                   .id_columns = definition.spec.id_columns};
    ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph.GetFeaturePlan(node.key));
    ARROW_ASSIGN_OR_RAISE(node.version, graph.GetFeatureVersion(node.key));
    ARROW_ASSIGN_OR_RAISE(auto versions, graph.GetFeatureVersionByField(node.key));
    std::map<std::string, std::string> by_field(versions.begin(), versions.end());
    for (const FieldSpec& field : definition.spec.fields) {
      ARROW_ASSIGN_OR_RAISE(std::vector<FQFieldKey> parents, plan.ParentFields(field.key));
      node.fields.push_back({.key = field.key,
                             .version = by_field.at(field.key.ToString()),
                             .code_version = field.code_version,
                             .parents = std::move(parents)});
    }
    for (const FeatureDep& dep : definition.spec.deps) node.dependencies.push_back(dep.feature);
    data.nodes.push_back(std::move(node));
  }
  if (project) {
    data.project_version = graph.GetProjectVersion(*project);
  } else if (arrow::Result<std::string> only = graph.project(); only.ok()) {
    data.project_version = graph.GetProjectVersion(*only);
  }
  return data;
}

arrow::Result<GraphData> Select(GraphData data, const RenderConfig& config) {
  if (config.feature) return Around(std::move(data), config);
  if (config.project) return OfProject(std::move(data), *config.project);
  return data;
}

std::vector<const GraphNode*> TopologicalOrder(const GraphData& data) {
  const Index index(data);
  std::vector<const GraphNode*> result;
  std::vector<bool> seen(data.nodes.size(), false);
  struct Visit {
    size_t node;
    Order parents;
    size_t next = 0;
  };
  // Explicit: a chain of any length must not overflow the thread's stack.
  std::vector<Visit> stack;
  auto enter = [&](size_t node) {
    if (seen[node]) return;
    seen[node] = true;
    Order parents = ParentsOf(data.nodes[node], index);
    index.Sort(&parents);
    stack.push_back({node, std::move(parents)});
  };
  Order starts(data.nodes.size());
  for (size_t i = 0; i < starts.size(); ++i) starts[i] = i;
  index.Sort(&starts);
  for (size_t start : starts) {
    enter(start);
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.next < top.parents.size()) {
        enter(top.parents[top.next++]);
      } else {
        result.push_back(&data.nodes[top.node]);
        stack.pop_back();
      }
    }
  }
  return result;
}

std::string ShownVersion(const std::optional<std::string>& version, const RenderConfig& config) {
  if (!version) return "none";
  return config.hash_length == 0 ? *version : version->substr(0, config.hash_length);
}

const char* NameOf(NodeStatus status) {
  switch (status) {
    case NodeStatus::kAdded:
      return "added";
    case NodeStatus::kRemoved:
      return "removed";
    case NodeStatus::kChanged:
      return "changed";
    case NodeStatus::kUnchanged:
      return "unchanged";
    default:
      return "";
  }
}

}  // namespace metaxy::render
