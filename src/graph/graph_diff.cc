#include "graph/graph_diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

using Status = FeatureDiff::Status;
using FieldVersions = std::vector<std::pair<std::string, std::string>>;

struct Side {
  std::string version;
  std::string definition_version;
  FieldVersions fields;
  std::vector<std::string> dependencies;
};

using Sides = std::map<std::string, Side>;

arrow::Result<Sides> Describe(const FeatureGraph& graph) {
  Sides sides;
  for (const FeatureDefinition& definition : graph.definitions()) {
    Side side;
    ARROW_ASSIGN_OR_RAISE(side.version, graph.GetFeatureVersion(definition.key()));
    ARROW_ASSIGN_OR_RAISE(side.fields, graph.GetFeatureVersionByField(definition.key()));
    side.definition_version = definition.feature_definition_version(graph.hash_truncation_length());
    for (const FeatureDep& dep : definition.spec.deps)
      side.dependencies.push_back(dep.feature.ToString());
    sides.emplace(definition.key().ToString(), std::move(side));
  }
  return sides;
}

std::vector<FieldDiff> FieldChanges(const FieldVersions& from, const FieldVersions& to) {
  const std::map<std::string, std::string> before(from.begin(), from.end());
  const std::map<std::string, std::string> after(to.begin(), to.end());
  std::vector<FieldDiff> added;
  std::vector<FieldDiff> removed;
  std::vector<FieldDiff> changed;
  for (const auto& [field, version] : after) {
    const auto old_field = before.find(field);
    if (old_field == before.end()) {
      added.push_back({field, std::nullopt, version});
    } else if (old_field->second != version) {
      changed.push_back({field, old_field->second, version});
    }
  }
  for (const auto& [field, version] : before) {
    if (!after.contains(field)) removed.push_back({field, version, std::nullopt});
  }
  added.insert(added.end(), removed.begin(), removed.end());
  added.insert(added.end(), changed.begin(), changed.end());
  return added;
}

// One of the sides may be missing, not both.
FeatureDiff Compare(const std::string& key, const Side* from, const Side* to) {
  FeatureDiff feature;
  feature.key = key;
  if (from != nullptr) feature.old_version = from->version;
  if (to != nullptr) feature.new_version = to->version;
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
  const Side& shown = to != nullptr ? *to : *from;
  feature.fields = shown.fields;
  feature.dependencies = shown.dependencies;
  if (from == nullptr) {
    feature.status = Status::kAdded;
  } else if (to == nullptr) {
    feature.status = Status::kRemoved;
  } else if (from->definition_version != to->definition_version) {
    feature.status = Status::kChanged;
    feature.field_changes = FieldChanges(from->fields, to->fields);
  }
  return feature;
}

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json ChangeToJson(const FieldDiff& change) {
  const bool both = change.old_version && change.new_version;
  return Json::Object{{"field_key", change.field},
                      {"old_version", OrNull(change.old_version)},
                      {"new_version", OrNull(change.new_version)},
                      {"is_added", !change.old_version},
                      {"is_removed", !change.new_version},
                      {"is_changed", both && *change.old_version != *change.new_version}};
}

using Neighbours = std::unordered_map<std::string, std::vector<std::string>>;

// The features within this many steps, as the reference finds them: depth first, and a feature that
// was reached on a long path is not visited again on a shorter one.
void Reach(const std::string& start, const Neighbours& next, std::optional<int64_t> limit,
           std::set<std::string>* found) {
  struct Visit {
    std::string key;
    size_t position = 0;
  };
  std::vector<Visit> stack;
  std::unordered_set<std::string> seen;
  const auto enter = [&](const std::string& key) {
    const bool too_far = limit && static_cast<int64_t>(stack.size()) >= *limit;
    if (too_far || !seen.insert(key).second) return;
    stack.push_back({key});
  };
  enter(start);
  while (!stack.empty()) {
    Visit& top = stack.back();
    const auto neighbours = next.find(top.key);
    if (neighbours == next.end() || top.position == neighbours->second.size()) {
      stack.pop_back();
      continue;
    }
    const std::string& key = neighbours->second[top.position++];
    if (seen.contains(key)) continue;
    found->insert(key);
    enter(key);
  }
}

std::string KeyOf(const std::string& text) {
  if (text.find('/') != std::string::npos) return text;
  std::string key;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_separator = text.compare(i, 2, "__") == 0;
    key += is_separator ? '/' : text[i];
    if (is_separator) ++i;
  }
  return key;
}

}  // namespace

const char* FeatureDiff::status_name() const {
  switch (status) {
    case Status::kAdded:
      return "added";
    case Status::kRemoved:
      return "removed";
    case Status::kChanged:
      return "changed";
    case Status::kUnchanged:
      break;
  }
  return "unchanged";
}

Json GraphDiff::ToJson() const {
  Json nodes = Json::Object{};
  for (const FeatureDiff& feature : features) {
    Json::Array changes;
    for (const FieldDiff& change : feature.field_changes) changes.push_back(ChangeToJson(change));
    nodes.Set(feature.key, Json::Object{{"status", feature.status_name()},
                                        {"old_version", OrNull(feature.old_version)},
                                        {"new_version", OrNull(feature.new_version)},
                                        {"dependencies", Json::Array(feature.dependencies.begin(),
                                                                     feature.dependencies.end())},
                                        {"field_changes", std::move(changes)}});
  }
  Json::Array edge_list;
  for (const auto& [from, to] : edges)
    edge_list.push_back(Json::Object{{"from", from}, {"to", to}});
  return Json::Object{{"nodes", std::move(nodes)}, {"edges", std::move(edge_list)}};
}

arrow::Result<GraphDiff> DiffGraphs(const FeatureGraph& from, const FeatureGraph& to) {
  ARROW_ASSIGN_OR_RAISE(const Sides before, Describe(from));
  ARROW_ASSIGN_OR_RAISE(const Sides after, Describe(to));
  std::set<std::string> keys;
  for (const auto& [key, side] : before) keys.insert(key);
  for (const auto& [key, side] : after) keys.insert(key);
  GraphDiff diff;
  for (const std::string& key : keys) {
    const auto old_side = before.find(key);
    const auto new_side = after.find(key);
    FeatureDiff feature = Compare(key, old_side == before.end() ? nullptr : &old_side->second,
                                  new_side == after.end() ? nullptr : &new_side->second);
    for (const std::string& dep : feature.dependencies) diff.edges.emplace_back(dep, key);
    diff.features.push_back(std::move(feature));
  }
  return diff;
}

arrow::Result<GraphDiff> FocusOn(const GraphDiff& diff, const std::string& feature,
                                 std::optional<int64_t> up, std::optional<int64_t> down) {
  const std::string focus = KeyOf(feature);
  std::vector<std::string> known;
  for (const FeatureDiff& node : diff.features) known.push_back(node.key);
  if (std::find(known.begin(), known.end(), focus) == known.end()) {
    return MakeError(ErrorCode::kFeatureNotInGraph, "feature " + Quote(feature) +
                                                        " is in neither of the two versions" +
                                                        DidYouMean(focus, known));
  }
  Neighbours parents;
  Neighbours children;
  for (const auto& [parent, child] : diff.edges) {
    parents[child].push_back(parent);
    children[parent].push_back(child);
  }
  std::set<std::string> included = {focus};
  Reach(focus, parents, up, &included);
  Reach(focus, children, down, &included);
  GraphDiff result;
  for (const FeatureDiff& node : diff.features) {
    if (included.contains(node.key)) result.features.push_back(node);
  }
  for (const auto& edge : diff.edges) {
    if (included.contains(edge.first) && included.contains(edge.second))
      result.edges.push_back(edge);
  }
  return result;
}

}  // namespace metaxy
