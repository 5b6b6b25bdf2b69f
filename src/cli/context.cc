#include "cli/context.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "cli/command.h"

namespace metaxy::cli {

namespace {

bool IsEmpty(const MetaxyConfig& config) {
  return !config.config_file() && config.stores.empty() && config.entrypoints.empty() &&
         config.ext.as_object().empty();
}

arrow::Status NoConfiguration() {
  std::error_code code;
  std::string here = std::filesystem::current_path(code).string();
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("there is no metaxy.toml, and no pyproject.toml with [tool.metaxy], "
                               "in {} or above it; write a "
                               "metaxy.toml with `project`, `entrypoints` and [stores.dev], or "
                               "name one with --config-file",
                               here));
}

bool NeedsOtherProjects(const Project& project) {
  return project.graph()->has_external_features() || !project.config().extra_features.empty();
}

}  // namespace

ConfigLoadOptions Context::LoadOptions() {
  ConfigLoadOptions options;
  if (options_.config_file) options.config_file = std::filesystem::path(*options_.config_file);
  options.on_warning = [this](const std::string& warning) { output_->Warn(warning); };
  return options;
}

arrow::Result<MetaxyConfig> Context::LoadConfig() {
  if (project_ != nullptr) return project_->config();
  return MetaxyConfig::Load(LoadOptions());
}

arrow::Result<std::shared_ptr<Project>> Context::LoadProject() {
  if (project_ != nullptr) return project_;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(LoadOptions()));
  if (IsEmpty(project->config())) return NoConfiguration();
  if (options_.sync && NeedsOtherProjects(*project)) {
    return MakeError(ErrorCode::kNotSupported,
                     "--sync (or METAXY_SYNC) cannot load features of other projects from a store "
                     "yet; leave it out to use "
                     "them as metaxy.lock and the definitions have them");
  }
  project_ = std::move(project);
  return project_;
}

arrow::Result<std::shared_ptr<MetadataStore>> Context::OpenStore(
    AccessMode mode, const std::optional<std::string>& name) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, LoadProject());
  if (project->config().sync && NeedsOtherProjects(*project)) {
    output_->Warn(
        "features of other projects are used as metaxy.lock and the definitions have them; loading "
        "them from the "
        "store is not supported yet");
  }
  return project->OpenStore(mode, name);
}

std::optional<std::string> Context::project_filter(const MetaxyConfig& config) const {
  if (options_.all_projects) return std::nullopt;
  return options_.project ? options_.project : config.project;
}

int Context::Refuse(bool json, std::string_view code, const std::string& message,
                    const Json::Object& details) {
  if (json) {
    Json::Object object = {{"error", std::string(code)}, {"message", message}};
    object.insert(object.end(), details.begin(), details.end());
    output_->PrintLine(Json(std::move(object)).DumpPython());
  }
  output_->Error(message);
  return kUserError;
}

int ExitCodeOf(const arrow::Status& status) {
  switch (GetErrorCode(status)) {
    case ErrorCode::kStoreNotOpen:
    case ErrorCode::kTableAlreadyExists:
    case ErrorCode::kCommitConflict:
    case ErrorCode::kCorruptTable:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kTimeout:
    case ErrorCode::kNetwork:
    case ErrorCode::kIo:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal:
      return kStoreError;
    case ErrorCode::kCancelled:
      return kInterrupted;
    default:
      return kUserError;
  }
}

}  // namespace metaxy::cli
