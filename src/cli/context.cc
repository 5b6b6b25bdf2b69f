#include "cli/context.h"

#include <fmt/core.h>

#include <filesystem>
#include <utility>

#include "cli/command.h"
#include "cli/signals.h"

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
                               "in {} or above it; `metaxy init` makes a project, and "
                               "--config-file names one that is elsewhere",
                               here));
}

}  // namespace

ConfigLoadOptions Context::load_options() {
  ConfigLoadOptions options;
  if (options_.config_file) options.config_file = std::filesystem::path(*options_.config_file);
  // The store of --sync and that of the command itself may log the same message.
  options.on_log = [this](const LogRecord& record) {
    if (record.severity == LogSeverity::kInfo) {
      if (options_.log) output_->Inform(record.message);
    } else if (told_.insert(record.message).second) {
      output_->Warn(record.message);
    }
  };
  return options;
}

arrow::Result<MetaxyConfig> Context::LoadConfig() {
  if (project_ != nullptr) return project_->config();
  return MetaxyConfig::Load(load_options());
}

arrow::Result<std::shared_ptr<Project>> Context::LoadProject() {
  if (project_ != nullptr) return project_;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(load_options()));
  if (IsEmpty(project->config())) return NoConfiguration();
  if (options_.sync) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store, project->GetStore());
    SyncOptions sync{.execution = execution()};
    if (options_.locked) sync.on_version_mismatch = OnVersionMismatch::kError;
    ARROW_RETURN_NOT_OK(project->SyncExternalFeatures(*store, sync));
  } else if (options_.locked_is_given) {
    output_->Warn("--locked has no effect without --sync, which it makes strict");
  }
  project_ = std::move(project);
  return project_;
}

arrow::Result<std::shared_ptr<Project>> Context::LoadProjectFor(
    const std::optional<std::string>& store_name) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, LoadProject());
  LimitMemoryLike(project->config(), store_name);
  const bool needs_others =
      project->graph()->has_external_features() || !project->config().extra_features.empty();
  if (!project->config().sync || !needs_others) return project;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store, project->GetStore(store_name));
  ARROW_RETURN_NOT_OK(project->SyncExternalFeatures(*store, {.execution = execution()}));
  return project;
}

arrow::Result<std::shared_ptr<Project>> Context::LoadProjectForLock() {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::LoadForLock(load_options()));
  if (IsEmpty(project->config())) return NoConfiguration();
  return project;
}

arrow::Result<std::shared_ptr<MetadataStore>> Context::OpenStore(
    AccessMode mode, const std::optional<std::string>& name) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, LoadProject());
  LimitMemoryLike(project->config(), name);
  return project->OpenStore(mode, name, execution());
}

ExecutionOptions Context::execution() const {
  ExecutionOptions options;
  options.stop_token = SignalStopToken();
  options.memory_limit = memory_limit_;
  return options;
}

void Context::LimitMemory(int64_t bytes) {
  memory_limit_ = bytes;
  memory_.emplace(internal::MemoryBudget(bytes));
}

void Context::LimitMemoryLike(const MetaxyConfig& config,
                              const std::optional<std::string>& store_name) {
  if (memory_) return;
  const auto limit = config.memory_limit(store_name.value_or(config.store));
  if (limit.ok() && *limit) memory_.emplace(internal::MemoryBudget(**limit));
}

std::string Context::InterruptedText() const {
  if (committed_.empty()) return "interrupted; nothing was written";
  std::string list;
  for (const std::string& what : committed_) list += (list.empty() ? "" : ", ") + what;
  return "interrupted; written before: " + list;
}

arrow::Result<std::string> Context::RequireProject(const MetaxyConfig& config) const {
  if (options_.all_projects) {
    return MakeError(ErrorCode::kInvalidInput,
                     "this command works on one project; leave out --all-projects");
  }
  if (std::optional<std::string> project = project_filter(config)) return *project;
  return MakeError(
      ErrorCode::kInvalidConfig,
      "this command works on one project; set `project` in metaxy.toml, or give --project");
}

arrow::Status Context::RefuseOtherProjects(std::string_view command) const {
  if (!options_.project && !options_.all_projects) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} works on the configured project; leave out --project and --all-projects",
                  command));
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

}  // namespace metaxy::cli
