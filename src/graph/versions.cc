// The versions of fields, features and projects.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "base/sha256.h"
#include "graph/circle.h"
#include "graph/field_deps.h"
#include "graph/version_cache.h"
#include "metaxy/errors.h"
#include "metaxy/graph.h"
#include "models/spec_rules.h"

namespace metaxy {

namespace {

// The version given explicitly for a field of an external feature, or nullptr.
const std::string* GivenVersion(const FeatureDefinition& definition, const std::string& field) {
  if (!definition.is_external || !definition.provenance_by_field) return nullptr;
  // As in a dict, the last of equal keys counts.
  const auto& given = *definition.provenance_by_field;
  auto found = std::find_if(given.rbegin(), given.rend(),
                            [&](const auto& entry) { return entry.first == field; });
  return found == given.rend() ? nullptr : &found->second;
}

}  // namespace

// Computes versions of fields with an explicit stack, each field once. The cache's mutex is held.
class FeatureGraph::VersionWalk {
 public:
  VersionWalk(const FeatureGraph& graph, std::unordered_map<std::string, std::string>* known)
      : graph_(graph), known_(*known) {}

  arrow::Result<std::string> Compute(const FQFieldKey& key) {
    ARROW_RETURN_NOT_OK(Enter(key, key.ToString()));
    while (!stack_.empty()) {
      if (stack_.back().position < stack_.back().parents.size()) {
        ARROW_RETURN_NOT_OK(EnterNextParent());
      } else {
        Leave();
      }
    }
    return known_.at(key.ToString());
  }

 private:
  struct Frame {
    FQFieldKey key;
    std::string text;
    const FieldSpec* field;
    std::vector<std::pair<FQFieldKey, std::string>> parents;
    size_t position = 0;
  };

  arrow::Status Enter(FQFieldKey key, std::string text) {
    if (known_.contains(text)) return arrow::Status::OK();
    if (open_.contains(text)) return Circle(text);
    ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition,
                          graph_.GetFeatureDefinition(key.feature));
    if (const std::string* given = GivenVersion(*definition, key.field.ToString())) {
      known_.emplace(std::move(text), *given);
      return arrow::Status::OK();
    }
    const FeatureSpec& spec = definition->spec;
    const FieldSpec* field = spec.FindField(key.field);
    if (field == nullptr) {
      return MakeError(ErrorCode::kFieldNotFound, FeatureSubject(key.feature) + " has no field " +
                                                      Quote(key.field.ToString()));
    }
    std::vector<const FeatureSpec*> parent_specs;
    for (const FeatureDep& dep : spec.deps) {
      const FeatureDefinition* parent = graph_.Find(dep.feature);
      if (parent == nullptr) return graph_.MissingDependency(key.feature, dep.feature);
      parent_specs.push_back(&parent->spec);
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<FQFieldKey> fields,
                          ResolveParentFields(spec, parent_specs, *field));
    Frame frame{std::move(key), std::move(text), field, {}};
    for (FQFieldKey& parent : fields) {
      std::string parent_text = parent.ToString();
      frame.parents.emplace_back(std::move(parent), std::move(parent_text));
    }
    open_.emplace(frame.text, stack_.size());
    stack_.push_back(std::move(frame));
    return arrow::Status::OK();
  }

  arrow::Status EnterNextParent() {
    Frame& top = stack_.back();
    // Copies: entering invalidates references into the stack.
    auto [key, text] = top.parents[top.position++];
    return Enter(std::move(key), std::move(text));
  }

  void Leave() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    open_.erase(frame.text);
    Sha256 hash;
    hash.Update(frame.text).Update(frame.field->code_version);
    for (const auto& [key, text] : frame.parents) hash.Update(known_.at(text));
    known_.emplace(std::move(frame.text), TruncateHash(hash.Finish(), graph_.truncation_));
  }

  arrow::Status Circle(const std::string& text) const {
    std::vector<FeatureKey> circle;
    for (size_t i = open_.at(text); i < stack_.size(); ++i) circle.push_back(stack_[i].key.feature);
    return CircleError(circle);
  }

  const FeatureGraph& graph_;
  std::unordered_map<std::string, std::string>& known_;
  std::vector<Frame> stack_;
  std::unordered_map<std::string, size_t> open_;
};

arrow::Result<std::string> FeatureGraph::GetFieldVersion(const FQFieldKey& key) const {
  std::lock_guard lock(cache_->mutex);
  return VersionWalk(*this, &cache_->by_field).Compute(key);
}

arrow::Result<std::vector<std::pair<std::string, std::string>>>
FeatureGraph::GetFeatureVersionByField(const FeatureKey& key) const {
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, GetFeatureDefinition(key));
  for (const FeatureDep& dep : definition->spec.deps) {
    if (Find(dep.feature) == nullptr) return MissingDependency(key, dep.feature);
  }
  std::lock_guard lock(cache_->mutex);
  VersionWalk walk(*this, &cache_->by_field);
  std::vector<std::pair<std::string, std::string>> versions;
  for (const FieldSpec& field : definition->spec.fields) {
    ARROW_ASSIGN_OR_RAISE(std::string version, walk.Compute({key, field.key}));
    versions.emplace_back(field.key.ToString(), std::move(version));
  }
  return versions;
}

arrow::Result<std::string> FeatureGraph::GetFeatureVersion(const FeatureKey& key) const {
  ARROW_ASSIGN_OR_RAISE(auto versions, GetFeatureVersionByField(key));
  std::sort(versions.begin(), versions.end());
  Sha256 hash;
  for (const auto& [field, version] : versions) hash.Update(field).Update(version);
  return TruncateHash(hash.Finish(), truncation_);
}

std::string FeatureGraph::GetProjectVersion(const std::string& project) const {
  std::lock_guard lock(cache_->mutex);
  auto known = cache_->by_project.find(project);
  if (known != cache_->by_project.end()) return known->second;
  std::vector<const FeatureDefinition*> own;
  for (const FeatureDefinition& definition : definitions_) {
    if (definition.project == project && !definition.is_external) own.push_back(&definition);
  }
  if (own.empty()) return "empty";
  std::sort(own.begin(), own.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  Sha256 hash;
  for (const FeatureDefinition* definition : own) {
    hash.Update(definition->key().ToString())
        .Update(definition->feature_definition_version(truncation_));
  }
  std::string version = TruncateHash(hash.Finish(), truncation_);
  cache_->by_project.emplace(project, version);
  return version;
}

}  // namespace metaxy
