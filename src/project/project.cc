#include "metaxy/project.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "base/contained.h"
#include "base/log.h"
#include "metaxy/errors.h"
#include "project/entrypoints.h"
#include "project/lock_file.h"
#include "project/lock_generator.h"

namespace metaxy {

namespace {

arrow::Status LoadLockFile(const MetaxyConfig& config, const internal::Log& log,
                           bool may_be_invalid, FeatureGraph* graph) {
  if (!config.config_file()) return arrow::Status::OK();
  std::filesystem::path path = config.lock_file();
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    if (config.metaxy_lock_path) {
      log.Warn(LogSubject::kLockFile,
               fmt::format("there is no lock file {}; features of other projects are not loaded "
                           "(`metaxy lock` writes it)",
                           path.string()),
               {{"path", path.string()}});
    }
    return arrow::Status::OK();
  }
  arrow::Result<std::vector<internal::LockedFeature>> features = internal::ReadLockFile(path);
  if (!features.ok()) {
    // Lock() reports it when it compares the file with the new one.
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
  return internal::Contained([&] { return Load(options, /*for_lock=*/false); });
}

arrow::Result<std::shared_ptr<Project>> Project::LoadForLock(const ConfigLoadOptions& options) {
  return internal::Contained([&] { return Load(options, /*for_lock=*/true); });
}

arrow::Result<std::shared_ptr<Project>> Project::Load(const ConfigLoadOptions& options,
                                                      bool for_lock) {
  const internal::Log log(options.on_log);
  ConfigLoadOptions logged = options;
  logged.on_log = log.function();
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, MetaxyConfig::Load(logged));
  auto graph = std::make_shared<FeatureGraph>(config.hash_truncation_length);
  ARROW_RETURN_NOT_OK(LoadLockFile(config, for_lock ? internal::Log() : log,
                                   /*may_be_invalid=*/for_lock, graph.get()));
  ARROW_RETURN_NOT_OK(internal::LoadEntrypoints(config, log, graph.get()));
  const bool may_load_more = !config.extra_features.empty() || graph->has_external_features();
  const arrow::Status valid =
      graph->Validate(/*allow_missing_dependencies=*/for_lock || may_load_more);
  // Colliding columns make one feature unusable, and resolving it fails with this error; other
  // features are not affected.
  if (IsError(valid, ErrorCode::kInvalidDefinition)) {
    log.Warn(LogSubject::kDefinitions, valid.message() + "; it cannot be resolved");
  } else {
    ARROW_RETURN_NOT_OK(valid);
  }
  return Make(std::move(config), std::move(graph), logged.on_log);
}

std::shared_ptr<Project> Project::Make(MetaxyConfig config,
                                       std::shared_ptr<const FeatureGraph> graph,
                                       LogFunction on_log) {
  return std::shared_ptr<Project>(new Project(std::move(config), std::move(graph),
                                              internal::Log(std::move(on_log)).function()));
}

std::shared_ptr<const FeatureGraph> Project::graph() const {
  const std::lock_guard<std::mutex> lock(graph_mutex_);
  return graphs_.back();
}

arrow::Status Project::CheckGraph() const {
  if (graph()) return arrow::Status::OK();
  return MakeError(ErrorCode::kInvalidInput,
                   "the project was created without a graph; pass one to Project::Make");
}

arrow::Result<std::string> Project::name() const {
  if (config_.project) return *config_.project;
  ARROW_RETURN_NOT_OK(CheckGraph());
  return graph()->project();
}

arrow::Result<std::vector<FeatureDefinition>> Project::SyncExternalFeatures(
    MetadataStore& store, const SyncOptions& options) {
  ARROW_RETURN_NOT_OK(CheckGraph());
  ARROW_ASSIGN_OR_RAISE(std::vector<FeatureDefinition> loaded,
                        store.definitions().SyncExternalFeatures(options));
  std::shared_ptr<const FeatureGraph> synced = store.graph();
  const std::lock_guard<std::mutex> lock(graph_mutex_);
  if (synced != graphs_.back()) graphs_.push_back(std::move(synced));
  return loaded;
}

arrow::Result<LockFileResult> Project::Lock(MetadataStore& store,
                                            const LockOptions& options) const {
  return internal::Contained([&]() -> arrow::Result<LockFileResult> {
    ARROW_RETURN_NOT_OK(options.Validate());
    ARROW_RETURN_NOT_OK(CheckGraph());
    return internal::WriteLock({.config = config_,
                                .graph = *graph(),
                                .store = store,
                                .path = options.output ? *options.output : config_.lock_file(),
                                .log = internal::Log(on_log_),
                                .interrupt = internal::Interrupt(options.execution),
                                .dry_run = options.dry_run});
  });
}

}  // namespace metaxy
