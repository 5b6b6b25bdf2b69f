#include "store/definitions/graph_sync.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/counted.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using FieldVersions = std::vector<std::pair<std::string, std::string>>;

struct Versions {
  std::string feature;
  FieldVersions by_field;
};

arrow::Result<Versions> VersionsOf(const FeatureGraph& graph, const FeatureKey& key) {
  Versions versions;
  ARROW_ASSIGN_OR_RAISE(versions.feature, graph.GetFeatureVersion(key));
  ARROW_ASSIGN_OR_RAISE(versions.by_field, graph.GetFeatureVersionByField(key));
  return versions;
}

// An external feature as it was before the sync.
struct Expected {
  FeatureKey key;
  Versions versions;
  OnVersionMismatch on_version_mismatch;
};

arrow::Result<std::vector<Expected>> ExpectedVersions(const FeatureGraph& graph) {
  std::vector<Expected> all;
  for (const FeatureDefinition& definition : graph.definitions()) {
    if (!definition.is_external) continue;
    arrow::Result<Versions> versions = VersionsOf(graph, definition.key());
    if (!versions.ok()) {
      return WithContext(versions.status(),
                         fmt::format("external feature '{}'", definition.key().ToString()));
    }
    all.push_back({definition.key(), std::move(*versions), definition.on_version_mismatch});
  }
  return all;
}

FeatureSelection Combine(const std::vector<Expected>& expected,
                         const std::vector<FeatureSelection>& selections) {
  FeatureSelection combined;
  if (!expected.empty()) combined.keys.emplace();
  for (const Expected& feature : expected) combined.keys->push_back(feature.key);
  for (const FeatureSelection& selection : selections) combined.Merge(selection);
  return combined;
}

// Adds the selected features, then their dependencies, until there is nothing new. The project's
// own features are kept.
std::vector<FeatureDefinition> Load(const std::vector<StoredDefinition>& stored,
                                    FeatureSelection selection, FeatureGraph* graph) {
  std::vector<FeatureDefinition> loaded;
  while (!selection.empty()) {
    FeatureSelection missing;
    std::vector<const FeatureDefinition*> batch;
    for (const StoredDefinition& candidate : stored) {
      const FeatureDefinition& definition = candidate.definition;
      if (!selection.Selects(definition.project, definition.key())) continue;
      batch.push_back(&definition);
      const FeatureDefinition* known = graph->Find(definition.key());
      if (known != nullptr && !known->is_external) continue;
      graph->ReplaceFeatureDefinition(definition);
      loaded.push_back(definition);
    }
    for (const FeatureDefinition* definition : batch) {
      for (const FeatureDep& dep : definition->spec.deps) {
        if (graph->Find(dep.feature) != nullptr) continue;
        if (!missing.keys) missing.keys.emplace();
        missing.keys->push_back(dep.feature);
      }
    }
    selection = std::move(missing);
  }
  return loaded;
}

std::string FieldsThatDiffer(const FieldVersions& expected, const FieldVersions& found) {
  constexpr const char* kMissing = "<missing>";
  std::map<std::string, std::pair<std::string, std::string>> fields;
  for (const auto& [field, version] : expected) fields[field] = {version, kMissing};
  for (const auto& [field, version] : found) {
    auto& versions = fields.try_emplace(field, kMissing, kMissing).first->second;
    versions.second = version;
  }
  std::vector<std::string> texts;
  for (const auto& [field, versions] : fields) {
    if (versions.first == versions.second) continue;
    texts.push_back(
        fmt::format("{}: expected {}, found {}", field, versions.first, versions.second));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string MismatchText(const std::vector<std::string>& features, const std::string& store) {
  return fmt::format(
      "version mismatch: {} of {} in {} {} not what was expected: {}; `metaxy "
      "lock` updates the lock file from the store, placeholders in definitions have to be "
      "corrected by hand",
      features.size() == 1 ? "the version" : "the versions",
      Counted(features.size(), "external feature"), store, features.size() == 1 ? "is" : "are",
      fmt::join(features, "; "));
}

void Warn(const GraphSyncRequest& request, std::string text) {
  request.log.WarnOnce(LogSubject::kExternalFeatures, std::move(text), {{"store", request.store}});
}

arrow::Status CompareVersions(const FeatureGraph& graph, const std::vector<Expected>& expected,
                              const GraphSyncRequest& request) {
  std::vector<std::string> warnings;
  std::vector<std::string> errors;
  for (const Expected& feature : expected) {
    const FeatureDefinition* now = graph.Find(feature.key);
    if (now == nullptr || now->is_external) continue;
    ARROW_ASSIGN_OR_RAISE(const Versions found, VersionsOf(graph, feature.key));
    if (found.feature == feature.versions.feature) continue;
    const OnVersionMismatch mode =
        request.on_version_mismatch.value_or(feature.on_version_mismatch);
    (mode == OnVersionMismatch::kError ? errors : warnings)
        .push_back(fmt::format("{} (expected {}, found {}; fields {})", feature.key.ToString(),
                               feature.versions.feature, found.feature,
                               FieldsThatDiffer(feature.versions.by_field, found.by_field)));
  }
  if (!warnings.empty()) Warn(request, MismatchText(warnings, request.store));
  if (errors.empty()) return arrow::Status::OK();
  return MakeError(ErrorCode::kVersionMismatch, MismatchText(errors, request.store));
}

void WarnOfUnresolved(const FeatureGraph& graph, const GraphSyncRequest& request) {
  std::vector<FeatureKey> keys;
  for (const FeatureDefinition& definition : graph.definitions()) {
    if (definition.is_external) keys.push_back(definition.key());
  }
  if (keys.empty()) return;
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> texts;
  for (const FeatureKey& key : keys) texts.push_back(key.ToString());
  Warn(
      request,
      fmt::format("{} has no definition of {}: {}; the placeholders are used as "
                  "they are (`metaxy push` in the project that owns the features records them)",
                  request.store, Counted(keys.size(), "external feature"), fmt::join(texts, ", ")));
}

}  // namespace

bool NeedsSync(const FeatureGraph& graph, const std::vector<FeatureSelection>& selections) {
  return graph.has_external_features() ||
         std::any_of(selections.begin(), selections.end(),
                     [](const FeatureSelection& selection) { return !selection.empty(); });
}

arrow::Result<SyncedGraph> SyncGraph(const std::shared_ptr<const FeatureGraph>& graph,
                                     const GraphSyncRequest& request) {
  SyncedGraph result{graph, {}};
  if (!NeedsSync(*graph, request.selections)) return result;
  ARROW_ASSIGN_OR_RAISE(const std::vector<Expected> expected, ExpectedVersions(*graph));
  ARROW_ASSIGN_OR_RAISE(const std::vector<StoredDefinition> stored, request.read_definitions());
  auto synced = std::make_shared<FeatureGraph>(*graph);
  result.loaded = Load(stored, Combine(expected, request.selections), synced.get());
  ARROW_RETURN_NOT_OK(CompareVersions(*synced, expected, request));
  WarnOfUnresolved(*synced, request);
  if (!result.loaded.empty()) result.graph = std::move(synced);
  return result;
}

}  // namespace metaxy::internal
