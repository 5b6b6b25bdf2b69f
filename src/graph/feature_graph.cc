#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "graph/version_cache.h"
#include "metaxy/errors.h"
#include "metaxy/graph.h"
#include "models/class_path.h"
#include "models/spec_rules.h"

namespace metaxy {

namespace {

arrow::Status DefinedTwice(const FeatureDefinition& first, const FeatureDefinition& second) {
  std::string what = first.is_external && second.is_external ? "external feature " : "feature ";
  return MakeError(ErrorCode::kInvalidDefinition,
                   what + Quote(first.key().ToString()) + " is defined twice, in " +
                       first.display_source() + " and in " + second.display_source() +
                       "; a graph can have one definition of a key");
}

// The closest key, if any is close, and what to do.
std::string Advice(const std::vector<FeatureDefinition>& definitions, const FeatureKey& key,
                   const std::string& remedy) {
  std::vector<std::string> known;
  for (const FeatureDefinition& definition : definitions)
    known.push_back(definition.key().ToString());
  std::string hint = DidYouMean(key.ToString(), known);
  return hint.empty() ? "; " + remedy : hint + " " + remedy;
}

// Reading the same source again is not a conflict; two files that happen to have the same name are
// one.
bool IsSamePlace(const FeatureDefinition& a, const FeatureDefinition& b) {
  if (a.feature_class_path != b.feature_class_path) return false;
  return a.is_external || a.source.empty() || b.source.empty() || a.source == b.source;
}

}  // namespace

FeatureGraph::FeatureGraph(int hash_truncation_length)
    : truncation_(hash_truncation_length), cache_(std::make_unique<VersionCache>()) {}

FeatureGraph::FeatureGraph(const FeatureGraph& other)
    : truncation_(other.truncation_),
      definitions_(other.definitions_),
      index_(other.index_),
      cache_(std::make_unique<VersionCache>()) {}

FeatureGraph::~FeatureGraph() = default;

arrow::Status FeatureGraph::AddFeatureDefinition(FeatureDefinition definition,
                                                 OnConflict on_conflict) {
  ARROW_RETURN_NOT_OK(definition.Validate());
  if (const FeatureDefinition* existing = Find(definition.key())) {
    if (definition.is_external && !existing->is_external) return arrow::Status::OK();
    bool replaces = existing->is_external && !definition.is_external;
    if (!replaces && !IsSamePlace(*existing, definition)) {
      if (on_conflict == OnConflict::kIgnore) return arrow::Status::OK();
      return DefinedTwice(*existing, definition);
    }
  }
  ReplaceFeatureDefinition(std::move(definition));
  return arrow::Status::OK();
}

void FeatureGraph::ReplaceFeatureDefinition(FeatureDefinition definition) {
  auto [it, is_new] = index_.emplace(definition.key(), definitions_.size());
  if (is_new) {
    definitions_.push_back(std::move(definition));
  } else {
    definitions_[it->second] = std::move(definition);
  }
  // A thread that changes the graph is alone with it, but the writes of an earlier reader must be
  // visible here.
  std::lock_guard lock(cache_->mutex);
  cache_->by_field.clear();
  cache_->by_project.clear();
}

arrow::Status FeatureGraph::AddFeature(FeatureSpec spec, std::string project) {
  FeatureDefinition definition;
  definition.feature_class_path = project + "." + ClassName(spec.key);
  definition.project = std::move(project);
  definition.spec = std::move(spec);
  const FeatureDefinition* existing = Find(definition.key());
  if (existing != nullptr && !existing->is_external && *existing != definition) {
    return DefinedTwice(*existing, definition);
  }
  return AddFeatureDefinition(std::move(definition));
}

const FeatureDefinition* FeatureGraph::Find(const FeatureKey& key) const {
  auto it = index_.find(key);
  return it == index_.end() ? nullptr : &definitions_[it->second];
}

arrow::Result<const FeatureDefinition*> FeatureGraph::GetFeatureDefinition(
    const FeatureKey& key) const {
  if (const FeatureDefinition* definition = Find(key)) return definition;
  std::string remedy = definitions_.empty()
                           ? "no features are loaded, see `entrypoints` in metaxy.toml"
                           : "`metaxy list features --all-projects` lists all features";
  return MakeError(ErrorCode::kFeatureNotInGraph, FeatureSubject(key) + " is not in the graph" +
                                                      Advice(definitions_, key, remedy));
}

std::vector<FeatureKey> FeatureGraph::ListFeatures(
    const std::optional<std::string>& project) const {
  std::vector<FeatureKey> keys;
  for (const FeatureDefinition& definition : definitions_) {
    if (!project || definition.project == *project) keys.push_back(definition.key());
  }
  return keys;
}

arrow::Result<FeaturePlan> FeatureGraph::GetFeaturePlan(const FeatureKey& key) const {
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, GetFeatureDefinition(key));
  std::vector<FeatureSpec> parents;
  for (const FeatureDep& dep : definition->spec.deps) {
    const FeatureDefinition* parent = Find(dep.feature);
    if (parent == nullptr) return MissingDependency(key, dep.feature);
    parents.push_back(parent->spec);
  }
  return FeaturePlan(definition->spec, std::move(parents));
}

arrow::Status FeatureGraph::MissingDependency(const FeatureKey& key,
                                              const FeatureKey& parent) const {
  return MakeError(ErrorCode::kMissingFeatureDependency,
                   FeatureSubject(key) + " depends on " + Quote(parent.ToString()) +
                       ", which is not in the graph" +
                       Advice(definitions_, parent,
                              "define it, or run `metaxy lock` if another project owns it"));
}

arrow::Result<std::string> FeatureGraph::project() const {
  std::set<std::string> projects;
  for (const FeatureDefinition& definition : definitions_) {
    if (!definition.is_external) projects.insert(definition.project);
  }
  if (projects.size() == 1) return *projects.begin();
  if (projects.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     "the graph has no features of its own, so it belongs to no project");
  }
  std::string all;
  for (const std::string& project : projects) all += (all.empty() ? "" : ", ") + Quote(project);
  return MakeError(ErrorCode::kInvalidInput,
                   "the graph has features of several projects (" + all + "); name one of them");
}

bool FeatureGraph::has_external_features() const {
  return std::any_of(definitions_.begin(), definitions_.end(),
                     [](const FeatureDefinition& definition) { return definition.is_external; });
}

}  // namespace metaxy
