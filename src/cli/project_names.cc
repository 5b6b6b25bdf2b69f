#include "cli/project_names.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metaxy/project.h"

namespace metaxy::cli {

namespace {

using Names = NameSources::Names;

// Loading a graph reads all its definitions; nobody reads more versions than this.
constexpr size_t kMostSnapshots = 20;
constexpr std::chrono::seconds kPatience{2};

ExecutionOptions Briefly() {
  ExecutionOptions execution;
  execution.deadline = std::chrono::steady_clock::now() + kPatience;
  return execution;
}

Names Features() {
  Names keys;
  const arrow::Result<std::shared_ptr<Project>> project = Project::Load();
  if (!project.ok()) return keys;
  for (const FeatureKey& key : (*project)->graph()->ListFeatures()) keys.push_back(key.ToString());
  return keys;
}

Names Stores() {
  Names names;
  const arrow::Result<MetaxyConfig> config = MetaxyConfig::Load();
  if (!config.ok()) return names;
  for (const StoreConfig& store : config->stores) names.push_back(store.name);
  return names;
}

Names Projects() {
  std::set<std::string> names;
  const arrow::Result<std::shared_ptr<Project>> project = Project::Load();
  if (!project.ok()) return {};
  for (const FeatureDefinition& definition : (*project)->graph()->definitions())
    names.insert(definition.project);
  return {names.begin(), names.end()};
}

// A project and one of its stores, open for reading.
struct OpenProject {
  std::shared_ptr<Project> project;
  std::shared_ptr<MetadataStore> store;

  static arrow::Result<OpenProject> Open(const std::string& store) {
    OpenProject opened;
    ARROW_ASSIGN_OR_RAISE(opened.project, Project::Load());
    const auto name = store.empty() ? std::nullopt : std::make_optional(store);
    ARROW_ASSIGN_OR_RAISE(opened.store,
                          opened.project->OpenStore(AccessMode::kRead, name, Briefly()));
    return opened;
  }

  Names Snapshots() const {
    Names versions;
    const auto snapshots =
        store->definitions().ReadGraphSnapshots(project->config().project, Briefly());
    if (!snapshots.ok()) return versions;
    for (const GraphSnapshotInfo& snapshot : *snapshots) {
      if (versions.size() == kMostSnapshots) break;
      versions.push_back(snapshot.project_version);
    }
    return versions;
  }
};

Names Snapshots(const std::string& store) {
  const arrow::Result<OpenProject> opened = OpenProject::Open(store);
  return opened.ok() ? opened->Snapshots() : Names();
}

Names NamedSnapshots(const std::string& store) {
  Names names;
  const arrow::Result<OpenProject> opened = OpenProject::Open(store);
  if (!opened.ok()) return names;
  const auto snapshots = opened->store->snapshots().List(Briefly());
  if (!snapshots.ok()) return names;
  for (const SnapshotInfo& snapshot : *snapshots) names.push_back(snapshot.name);
  return names;
}

Names FeatureVersions(const std::string& feature, const std::string& store) {
  Names versions;
  const arrow::Result<OpenProject> opened = OpenProject::Open(store);
  if (!opened.ok()) return versions;
  const auto add = [&](const FeatureGraph& graph) {
    const arrow::Result<std::string> version = graph.GetFeatureVersion(feature);
    if (version.ok() && std::find(versions.begin(), versions.end(), *version) == versions.end())
      versions.push_back(*version);
  };
  add(*opened->project->graph());
  for (const std::string& snapshot : opened->Snapshots()) {
    const auto graph = opened->store->definitions().LoadGraphSnapshot(
        snapshot, opened->project->config().project, Briefly());
    if (graph.ok()) add(**graph);
  }
  return versions;
}

Names Columns(const std::string& feature, const std::string& store) {
  const arrow::Result<OpenProject> opened = OpenProject::Open(store);
  if (!opened.ok()) return {};
  // No row is examined: all are requested.
  const auto rows = opened->store->Read(feature, {.with_feature_history = true,
                                                  .with_sample_history = true,
                                                  .include_soft_deleted = true,
                                                  .execution = Briefly()});
  return rows.ok() ? (*rows)->schema()->field_names() : Names();
}

}  // namespace

NameSources ProjectNames() {
  return {.features = Features,
          .stores = Stores,
          .projects = Projects,
          .snapshots = Snapshots,
          .feature_versions = FeatureVersions,
          .named_snapshots = NamedSnapshots,
          .columns = Columns};
}

}  // namespace metaxy::cli
