#include "project/lock_generator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/place_text.h"
#include "metaxy/errors.h"
#include "project/lock_file.h"
#include "store/definitions/stored_definitions.h"
#include "store/store_session.h"

namespace metaxy::internal {

namespace {

using Stored = std::unordered_map<FeatureKey, StoredDefinition>;

std::vector<std::string> Texts(const std::set<FeatureKey>& keys) {
  std::vector<std::string> texts;
  for (const FeatureKey& key : keys) texts.push_back(key.ToString());
  return texts;
}

class LockGenerator {
 public:
  explicit LockGenerator(const LockRequest& request) : request_(request), graph_(request.graph) {
    for (const FeatureDefinition& definition : request.graph.definitions()) {
      if (!definition.is_external) own_.insert(definition.key());
    }
    for (const FeatureSelection& selection : request.config.extra_features) extra_.Merge(selection);
  }

  arrow::Result<std::vector<LockedFeature>> Generate() {
    std::set<FeatureKey> wanted = Dependencies();
    if (wanted.empty() && extra_.empty()) return std::vector<LockedFeature>();
    ARROW_RETURN_NOT_OK(ReadStore());
    Select(&wanted);
    ARROW_RETURN_NOT_OK(Collect(wanted));
    std::vector<LockedFeature> features;
    for (const FeatureKey& key : needed_) {
      ARROW_ASSIGN_OR_RAISE(LockedFeature feature, Locked(stored_.at(key)));
      features.push_back(std::move(feature));
    }
    std::sort(features.begin(), features.end(), [](const LockedFeature& a, const LockedFeature& b) {
      return a.definition.key().ToString() < b.definition.key().ToString();
    });
    return features;
  }

 private:
  // What the project's own features depend on but does not define.
  std::set<FeatureKey> Dependencies() const {
    std::set<FeatureKey> keys;
    for (const FeatureKey& own : own_) {
      for (const FeatureDep& dep : request_.graph.Find(own)->spec.deps) {
        if (!own_.contains(dep.feature)) keys.insert(dep.feature);
      }
    }
    return keys;
  }

  // A feature whose last push was by this project does not belong to another one, even if it used
  // to.
  arrow::Status ReadStore() {
    ARROW_ASSIGN_OR_RAISE(std::vector<StoredDefinition> all,
                          StoreSession::Of(request_.store).LatestDefinitions(request_.interrupt));
    for (StoredDefinition& stored : all) {
      if (stored.definition.project == *request_.config.project) continue;
      FeatureKey key = stored.definition.key();
      stored_.emplace(std::move(key), std::move(stored));
    }
    return arrow::Status::OK();
  }

  void Select(std::set<FeatureKey>* wanted) const {
    for (const auto& [key, stored] : stored_) {
      if (extra_.Selects(stored.definition.project, key) && !own_.contains(key))
        wanted->insert(key);
    }
    // Keys count even if the store lacks them, so that a mistake is noticed.
    if (extra_.all.value_or(false) || !extra_.keys) return;
    for (const FeatureKey& key : *extra_.keys) {
      if (!own_.contains(key)) wanted->insert(key);
    }
  }

  // The requested features and everything they depend on; they are added to the graph, so that
  // versions can be derived from them.
  arrow::Status Collect(const std::set<FeatureKey>& wanted) {
    std::vector<FeatureKey> open(wanted.begin(), wanted.end());
    std::set<FeatureKey> missing;
    while (!open.empty()) {
      const FeatureKey key = std::move(open.back());
      open.pop_back();
      if (own_.contains(key) || needed_.contains(key)) continue;
      const auto found = stored_.find(key);
      if (found == stored_.end()) {
        missing.insert(key);
        continue;
      }
      needed_.insert(key);
      graph_.ReplaceFeatureDefinition(found->second.definition);
      for (const FeatureDep& dep : found->second.definition.spec.deps) open.push_back(dep.feature);
    }
    if (missing.empty()) return arrow::Status::OK();
    return MakeError(
        ErrorCode::kFeatureNotFound,
        fmt::format("not in {}: {}; run `metaxy push` in the projects that own these features",
                    internal::PlaceText(request_.store.display()),
                    fmt::join(Texts(missing), ", ")));
  }

  arrow::Result<LockedFeature> Locked(const StoredDefinition& stored) {
    LockedFeature feature;
    feature.definition = stored.definition;
    const FeatureKey& key = feature.definition.key();
    ARROW_ASSIGN_OR_RAISE(feature.version, graph_.GetFeatureVersion(key));
    ARROW_ASSIGN_OR_RAISE(feature.version_by_field, graph_.GetFeatureVersionByField(key));
    feature.definition_version =
        feature.definition.feature_definition_version(graph_.hash_truncation_length());
    if (feature.version != stored.feature_version)
      ARROW_RETURN_NOT_OK(ExplainDifference(stored, feature.version));
    return feature;
  }

  // A feature is pushed with its version at that time. When a feature of another project that it
  // depends on changes later, its own definition is unchanged, so no push records the new version:
  // this is nobody's mistake.
  arrow::Status ExplainDifference(const StoredDefinition& stored, const std::string& version) {
    const FeatureDefinition& definition = stored.definition;
    const std::string text = fmt::format(
        "feature '{}' of project '{}' was pushed to {} with version {}, but the definitions there "
        "yield version {}",
        definition.key().ToString(), definition.project,
        internal::PlaceText(request_.store.display()), stored.feature_version, version);
    const std::vector<std::string> changed = LaterAncestors(stored);
    if (changed.empty()) {
      return MakeError(
          ErrorCode::kVersionMismatch,
          text +
              "; check that both projects have the same hash_truncation_length, and push it again");
    }
    request_.log.Warn(LogSubject::kLockFile,
                      fmt::format("{}, because {} was pushed later; the lock file has the latter",
                                  text, fmt::join(changed, ", ")),
                      {{"feature", definition.key().ToString()}});
    return arrow::Status::OK();
  }

  // The dependencies of a feature that other projects, or this one, have changed since it was
  // pushed.
  std::vector<std::string> LaterAncestors(const StoredDefinition& stored) const {
    std::vector<std::string> later;
    std::unordered_set<FeatureKey> seen;
    std::vector<FeatureKey> open = {stored.definition.key()};
    while (!open.empty()) {
      const FeatureKey key = std::move(open.back());
      open.pop_back();
      if (!seen.insert(key).second) continue;
      const FeatureDefinition* definition = graph_.Find(key);
      if (definition == nullptr) continue;
      for (const FeatureDep& dep : definition->spec.deps) open.push_back(dep.feature);
      const auto found = stored_.find(key);
      const bool is_own = found == stored_.end();
      if (definition->project == stored.definition.project) continue;
      if (is_own || found->second.recorded_at > stored.recorded_at) later.push_back(key.ToString());
    }
    std::sort(later.begin(), later.end());
    return later;
  }

  const LockRequest& request_;
  FeatureGraph graph_;
  std::set<FeatureKey> own_;
  FeatureSelection extra_;
  Stored stored_;
  std::set<FeatureKey> needed_;
};

// The current content of the file; empty if there is none or if it cannot be read.
std::optional<std::vector<LockedFeature>> ReadOld(const LockRequest& request) {
  std::error_code code;
  if (!std::filesystem::exists(request.path, code)) return std::nullopt;
  arrow::Result<std::vector<LockedFeature>> features = ReadLockFile(request.path);
  if (features.ok()) return std::move(*features);
  request.log.Warn(LogSubject::kLockFile,
                   fmt::format("the lock file {} cannot be read and is replaced: {}",
                               request.path.string(), features.status().message()),
                   {{"path", request.path.string()}});
  return std::nullopt;
}

using ByKey = std::map<std::string, const LockedFeature*>;

ByKey Index(const std::vector<LockedFeature>& features) {
  ByKey index;
  for (const LockedFeature& feature : features)
    index.emplace(feature.definition.key().ToString(), &feature);
  return index;
}

LockFileResult Compare(const ByKey& old_features, const ByKey& new_features) {
  LockFileResult result;
  for (const auto& [key, feature] : new_features) {
    const std::string& project = feature->definition.project;
    const auto old_feature = old_features.find(key);
    if (old_feature == old_features.end()) {
      result.added.push_back({project, key, feature->version});
    } else if (old_feature->second->definition_version != feature->definition_version) {
      result.updated.push_back({project, key, old_feature->second->version, feature->version});
    } else {
      ++result.unchanged_count;
    }
  }
  for (const auto& [key, feature] : old_features) {
    if (!new_features.contains(key))
      result.removed.push_back({feature->definition.project, key, feature->version});
  }
  return result;
}

}  // namespace

arrow::Result<LockFileResult> WriteLock(const LockRequest& request) {
  if (!request.config.project) {
    return MakeError(ErrorCode::kInvalidConfig,
                     "a lock file lists the features of other projects, so the current project "
                     "must be known; set `project` in metaxy.toml");
  }
  ARROW_RETURN_NOT_OK(request.interrupt.Check("locking features"));
  ARROW_ASSIGN_OR_RAISE(const std::vector<LockedFeature> features,
                        LockGenerator(request).Generate());
  const std::optional<std::vector<LockedFeature>> old_features = ReadOld(request);
  LockFileResult result = Compare(old_features ? Index(*old_features) : ByKey(), Index(features));
  result.path = request.path;
  if (request.dry_run || (!result.changed() && old_features)) return result;
  ARROW_RETURN_NOT_OK(request.interrupt.Check("locking features"));
  ARROW_RETURN_NOT_OK(WriteFileAtomically(request.path, LockFileText(features)));
  return result;
}

}  // namespace metaxy::internal
