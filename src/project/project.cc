#include "metaxy/project.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "metaxy/errors.h"
#include "project/entrypoints.h"
#include "project/lock_file.h"
#include "project/lock_generator.h"

namespace metaxy {

namespace {

using Warning = std::function<void(const std::string&)>;

arrow::Status LoadLockFile(const MetaxyConfig& config, const Warning& warn, bool may_be_invalid,
                           FeatureGraph* graph) {
  if (!config.config_file()) return arrow::Status::OK();
  std::filesystem::path path = config.lock_file();
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    if (config.metaxy_lock_path && warn) {
      warn(
          fmt::format("there is no lock file {}; features of other projects are not loaded "
                      "(`metaxy lock` writes it)",
                      path.string()));
    }
    return arrow::Status::OK();
  }
  arrow::Result<std::vector<internal::LockedFeature>> features = internal::ReadLockFile(path);
  if (!features.ok()) {
    // Lock() will say so when it compares the file with the new one.
    return may_be_invalid ? arrow::Status::OK() : features.status();
  }
  for (internal::LockedFeature& feature : *features) {
    ARROW_RETURN_NOT_OK(
        WithContext(graph->AddFeatureDefinition(std::move(feature.definition)), path.string()));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::shared_ptr<Project>> Project::Load(const ConfigLoadOptions& options) {
  return Load(options, /*for_lock=*/false);
}

arrow::Result<std::shared_ptr<Project>> Project::LoadForLock(const ConfigLoadOptions& options) {
  return Load(options, /*for_lock=*/true);
}

arrow::Result<std::shared_ptr<Project>> Project::Load(const ConfigLoadOptions& options,
                                                      bool for_lock) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, MetaxyConfig::Load(options));
  auto graph = std::make_shared<FeatureGraph>(config.hash_truncation_length);
  ARROW_RETURN_NOT_OK(LoadLockFile(config, for_lock ? nullptr : options.on_warning,
                                   /*may_be_invalid=*/for_lock, graph.get()));
  ARROW_RETURN_NOT_OK(internal::LoadEntrypoints(config, options.on_warning, graph.get()));
  const bool may_load_more = !config.extra_features.empty() || graph->has_external_features();
  const arrow::Status valid =
      graph->Validate(/*allow_missing_dependencies=*/for_lock || may_load_more);
  // Columns that collide make one feature unusable, and whoever resolves it is told so; the others
  // are none the worse for it.
  if (IsError(valid, ErrorCode::kInvalidDefinition)) {
    if (options.on_warning) options.on_warning(valid.message() + "; it cannot be resolved");
  } else {
    ARROW_RETURN_NOT_OK(valid);
  }
  return Make(std::move(config), std::move(graph), options.on_warning);
}

std::shared_ptr<Project> Project::Make(MetaxyConfig config,
                                       std::shared_ptr<const FeatureGraph> graph,
                                       Warning on_warning) {
  return std::shared_ptr<Project>(
      new Project(std::move(config), std::move(graph), std::move(on_warning)));
}

std::shared_ptr<const FeatureGraph> Project::graph() const {
  const std::lock_guard<std::mutex> lock(graph_mutex_);
  return graphs_.back();
}

arrow::Result<std::string> Project::name() const {
  if (config_.project) return *config_.project;
  return graph()->project();
}

arrow::Result<std::vector<FeatureDefinition>> Project::SyncExternalFeatures(
    MetadataStore& store, const SyncOptions& options) {
  ARROW_ASSIGN_OR_RAISE(std::vector<FeatureDefinition> loaded, store.SyncExternalFeatures(options));
  std::shared_ptr<const FeatureGraph> synced = store.graph();
  const std::lock_guard<std::mutex> lock(graph_mutex_);
  if (synced != graphs_.back()) graphs_.push_back(std::move(synced));
  return loaded;
}

arrow::Result<LockFileResult> Project::Lock(MetadataStore& store,
                                            const std::optional<std::filesystem::path>& output,
                                            bool dry_run) const {
  return internal::WriteLock({.config = config_,
                              .graph = *graph(),
                              .store = store,
                              .path = output ? *output : config_.lock_file(),
                              .warn = on_warning_,
                              .dry_run = dry_run});
}

}  // namespace metaxy
