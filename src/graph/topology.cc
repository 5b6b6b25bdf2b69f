// Orders of the graph. All traversals use explicit stacks: a chain of any length must not overflow
// the thread's stack.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "graph/circle.h"
#include "metaxy/errors.h"
#include "metaxy/graph.h"

namespace metaxy {

namespace {

// The key and its rank in the reference's order: as a string, ignoring case.
struct SortedKey {
  FeatureKey key;
  std::string text;
  std::string lower;

  explicit SortedKey(FeatureKey value) : key(std::move(value)), text(key.ToString()), lower(text) {
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  bool operator<(const SortedKey& other) const {
    return lower != other.lower ? lower < other.lower : text < other.text;
  }
};

std::vector<FeatureKey> Sorted(std::vector<FeatureKey> keys) {
  std::vector<SortedKey> sortable;
  sortable.reserve(keys.size());
  for (FeatureKey& key : keys) sortable.emplace_back(std::move(key));
  std::sort(sortable.begin(), sortable.end());
  keys.clear();
  for (SortedKey& item : sortable) {
    if (keys.empty() || keys.back() != item.key) keys.push_back(std::move(item.key));
  }
  return keys;
}

struct Visit {
  FeatureKey key;
  std::vector<FeatureKey> next;
  size_t position = 0;
};

// Depth first, in post-order. `next` returns the successors of a key.
template <class Next>
class Walk {
 public:
  explicit Walk(Next next) : next_(std::move(next)) {}

  const std::vector<FeatureKey>& order() const { return order_; }
  /// The first cycle found; empty if there is none.
  const std::vector<FeatureKey>& circle() const { return circle_; }

  void From(const FeatureKey& start) {
    Enter(start);
    while (!stack_.empty()) {
      Visit& top = stack_.back();
      if (top.position < top.next.size()) {
        // A copy: entering invalidates references into the stack.
        FeatureKey child = top.next[top.position++];
        Enter(child);
      } else {
        open_.erase(top.key);
        order_.push_back(std::move(top.key));
        stack_.pop_back();
      }
    }
  }

 private:
  void Enter(const FeatureKey& key) {
    if (!seen_.insert(key).second) {
      if (circle_.empty() && open_.contains(key)) RememberCircle(key);
      return;
    }
    open_.insert(key);
    stack_.push_back({key, next_(key)});
  }

  void RememberCircle(const FeatureKey& key) {
    bool inside = false;
    for (const Visit& visit : stack_) {
      inside = inside || visit.key == key;
      if (inside) circle_.push_back(visit.key);
    }
  }

  Next next_;
  std::vector<Visit> stack_;
  std::unordered_set<FeatureKey> seen_;
  std::unordered_set<FeatureKey> open_;
  std::vector<FeatureKey> order_;
  std::vector<FeatureKey> circle_;
};

std::vector<FeatureKey> ParentsOf(const FeatureDefinition* definition) {
  std::vector<FeatureKey> parents;
  if (definition == nullptr) return parents;
  for (const FeatureDep& dep : definition->spec.deps) parents.push_back(dep.feature);
  return parents;
}

}  // namespace

arrow::Status CircleError(const std::vector<FeatureKey>& circle) {
  constexpr size_t kShown = 10;
  std::string text;
  for (size_t i = 0; i < circle.size(); ++i) {
    if (i == kShown && circle.size() > 2 * kShown) {
      size_t hidden = circle.size() - 2 * kShown;
      text += "(" + std::to_string(hidden) + " more) -> ";
      i += hidden;
    }
    text += circle[i].ToString() + " -> ";
  }
  if (!circle.empty()) text += circle[0].ToString();
  return MakeError(ErrorCode::kCycle, "features depend on each other in a cycle: " + text +
                                          "; remove one of these dependencies");
}

arrow::Result<std::vector<FeatureKey>> FeatureGraph::TopologicalSort(
    const std::optional<std::vector<FeatureKey>>& keys, bool descending) const {
  std::vector<FeatureKey> sorted = Sorted(keys ? *keys : ListFeatures());
  std::unordered_set<FeatureKey> wanted(sorted.begin(), sorted.end());
  Walk walk([&](const FeatureKey& key) {
    std::vector<FeatureKey> parents = ParentsOf(Find(key));
    std::erase_if(parents, [&](const FeatureKey& parent) { return !wanted.contains(parent); });
    return Sorted(std::move(parents));
  });
  for (const FeatureKey& key : sorted) walk.From(key);
  if (!walk.circle().empty()) return CircleError(walk.circle());
  std::vector<FeatureKey> order = walk.order();
  if (descending) std::reverse(order.begin(), order.end());
  return order;
}

std::vector<FeatureKey> FeatureGraph::GetDownstreamFeatures(
    std::span<const FeatureKey> sources) const {
  std::unordered_map<FeatureKey, std::vector<FeatureKey>> children;
  for (const FeatureDefinition& definition : definitions_) {
    for (const FeatureDep& dep : definition.spec.deps)
      children[dep.feature].push_back(definition.key());
  }
  Walk walk([&](const FeatureKey& key) {
    auto it = children.find(key);
    return it == children.end() ? std::vector<FeatureKey>() : it->second;
  });
  for (const FeatureKey& source : sources) walk.From(source);
  std::vector<FeatureKey> order(walk.order().rbegin(), walk.order().rend());
  std::unordered_set<FeatureKey> excluded(sources.begin(), sources.end());
  std::erase_if(order, [&](const FeatureKey& key) { return excluded.contains(key); });
  return order;
}

arrow::Status FeatureGraph::Validate(bool allow_missing_dependencies) const {
  std::unordered_set<FeatureKey> incomplete;
  for (const FeatureDefinition& definition : definitions_) {
    for (const FeatureDep& dep : definition.spec.deps) {
      if (Find(dep.feature) != nullptr) continue;
      if (!allow_missing_dependencies) return MissingDependency(definition.key(), dep.feature);
      incomplete.insert(definition.key());
    }
  }
  ARROW_RETURN_NOT_OK(TopologicalSort().status());
  for (const FeatureDefinition& definition : definitions_) {
    if (incomplete.contains(definition.key())) continue;
    ARROW_ASSIGN_OR_RAISE(FeaturePlan plan, GetFeaturePlan(definition.key()));
    ARROW_RETURN_NOT_OK(plan.ValidateColumns());
  }
  return arrow::Status::OK();
}

}  // namespace metaxy
