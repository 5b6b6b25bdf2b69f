#include "metaxy/project.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "metaxy/errors.h"
#include "project/entrypoints.h"
#include "project/lock_file.h"

namespace metaxy {

namespace {

arrow::Status LoadLockFile(const MetaxyConfig& config,
                           const std::function<void(const std::string&)>& warn,
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
  ARROW_ASSIGN_OR_RAISE(std::vector<internal::LockedFeature> features,
                        internal::ReadLockFile(path));
  for (internal::LockedFeature& feature : features) {
    ARROW_RETURN_NOT_OK(
        WithContext(graph->AddFeatureDefinition(std::move(feature.definition)), path.string()));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::shared_ptr<Project>> Project::Load(const ConfigLoadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, MetaxyConfig::Load(options));
  auto graph = std::make_shared<FeatureGraph>(config.hash_truncation_length);
  ARROW_RETURN_NOT_OK(LoadLockFile(config, options.on_warning, graph.get()));
  ARROW_RETURN_NOT_OK(internal::LoadEntrypoints(config, options.on_warning, graph.get()));
  ARROW_RETURN_NOT_OK(graph->Validate());
  return Make(std::move(config), std::move(graph));
}

std::shared_ptr<Project> Project::Make(MetaxyConfig config, std::shared_ptr<FeatureGraph> graph) {
  return std::shared_ptr<Project>(new Project(std::move(config), std::move(graph)));
}

arrow::Result<std::string> Project::name() const {
  if (config_.project) return *config_.project;
  return graph_->project();
}

}  // namespace metaxy
