#include "graph/render/diff_data.h"

#include <map>
#include <utility>

namespace metaxy::render {

namespace {

NodeStatus StatusOf(FeatureDiff::Status status) {
  switch (status) {
    case FeatureDiff::Status::kAdded:
      return NodeStatus::kAdded;
    case FeatureDiff::Status::kRemoved:
      return NodeStatus::kRemoved;
    case FeatureDiff::Status::kChanged:
      return NodeStatus::kChanged;
    default:
      return NodeStatus::kUnchanged;
  }
}

FieldNode FieldOf(const FieldDiff& change) {
  NodeStatus status = NodeStatus::kChanged;
  if (!change.old_version) status = NodeStatus::kAdded;
  if (!change.new_version) status = NodeStatus::kRemoved;
  return {.key = change.field,
          .version = change.new_version,
          .old_version = change.old_version,
          .status = status};
}

}  // namespace

GraphData FromGraphDiff(const GraphDiff& diff) {
  GraphData data;
  for (const FeatureDiff& feature : diff.features) {
    GraphNode node{.key = feature.key,
                   .version = feature.new_version,
                   .old_version = feature.old_version,
                   .status = StatusOf(feature.status)};
    std::map<std::string, const FieldDiff*> changes;
    for (const FieldDiff& change : feature.field_changes) changes.emplace(change.field, &change);
    for (const auto& [field, version] : feature.fields) {
      auto change = changes.find(field);
      if (change != changes.end()) {
        node.fields.push_back(FieldOf(*change->second));
        changes.erase(change);
      } else {
        node.fields.push_back({.key = field, .version = version, .status = NodeStatus::kUnchanged});
      }
    }
    for (const auto& [field, change] : changes) node.fields.push_back(FieldOf(*change));
    for (const std::string& parent : feature.dependencies) node.dependencies.emplace_back(parent);
    data.nodes.push_back(std::move(node));
  }
  return data;
}

}  // namespace metaxy::render
