#include "project/entrypoints.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "metaxy/errors.h"
#include "project/definitions_json.h"
#include "project/definitions_toml.h"
#include "project/plugin_loader.h"

namespace metaxy::internal {

namespace {

namespace fs = std::filesystem;

bool IsPythonModule(const std::string& entrypoint) {
  return !entrypoint.empty() &&
         std::none_of(entrypoint.begin(), entrypoint.end(),
                      [](unsigned char c) { return c == '/' || c == '\\' || std::isspace(c); });
}

class Loader {
 public:
  Loader(const MetaxyConfig& config, FeatureGraph* graph) : config_(config), graph_(graph) {}

  arrow::Status Load(const std::string& entrypoint, const Log& log) {
    std::string suffix = fs::path(entrypoint).extension().string();
    if (suffix != ".json" && suffix != ".toml" && suffix != ".so")
      return LoadModule(entrypoint, log);
    fs::path path = config_.ResolveEntrypoint(entrypoint);
    if (std::find(files_.begin(), files_.end(), path) != files_.end()) return arrow::Status::OK();
    files_.push_back(path);
    std::error_code code;
    if (!fs::exists(path, code)) {
      return Refuse(
          fmt::format("entrypoint {}: there is no file {}", Quote(entrypoint), path.string()));
    }
    std::string project = config_.project.value_or("");
    if (suffix == ".so") return LoadPlugin(path, project, graph_);
    ARROW_ASSIGN_OR_RAISE(std::vector<FeatureDefinition> definitions,
                          suffix == ".json" ? ReadDefinitionsJson(path, project)
                                            : ReadDefinitionsToml(path, project));
    for (FeatureDefinition& definition : definitions) {
      ARROW_RETURN_NOT_OK(WithContext(Add(std::move(definition), path), path.string()));
    }
    return arrow::Status::OK();
  }

 private:
  // Starts with the file that names the entrypoint, if there is one.
  arrow::Status Refuse(const std::string& complaint) const {
    const auto& file = config_.config_file();
    return MakeError(ErrorCode::kInvalidConfig,
                     file ? fmt::format("{}: {}", file->string(), complaint) : complaint);
  }

  arrow::Status LoadModule(const std::string& entrypoint, const Log& log) {
    if (!IsPythonModule(entrypoint)) {
      return Refuse(
          fmt::format("entrypoint {} is neither a .json, .toml or .so file nor a Python module",
                      Quote(entrypoint)));
    }
    if (std::find(modules_.begin(), modules_.end(), entrypoint) != modules_.end())
      return arrow::Status::OK();
    modules_.push_back(entrypoint);
    log.Warn(LogSubject::kDefinitions,
             fmt::format("entrypoint {} is a Python module and is not loaded here; its features "
                         "come through `metaxy push` (in Python) and `metaxy lock`",
                         Quote(entrypoint)),
             {{"entrypoint", entrypoint}});
    return arrow::Status::OK();
  }

  // Within the files of one configuration a key must be unique, even where a graph would let the
  // second definition win.
  arrow::Status Add(FeatureDefinition definition, const fs::path& path) {
    auto [it, is_new] = places_.emplace(definition.key(), path);
    if (!is_new) {
      std::string where =
          it->second == path ? "in this file" : "in " + it->second.string() + " and here";
      return MakeError(ErrorCode::kInvalidDefinition,
                       fmt::format("the feature {} is defined twice, {}; remove one of the two",
                                   Quote(definition.key().ToString()), where));
    }
    return graph_->AddFeatureDefinition(std::move(definition));
  }

  const MetaxyConfig& config_;
  FeatureGraph* graph_;
  std::vector<fs::path> files_;
  std::vector<std::string> modules_;
  std::map<FeatureKey, fs::path> places_;
};

}  // namespace

arrow::Status LoadEntrypoints(const MetaxyConfig& config, const Log& log, FeatureGraph* graph) {
  Loader loader(config, graph);
  for (const std::string& entrypoint : config.entrypoints)
    ARROW_RETURN_NOT_OK(loader.Load(entrypoint, log));
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> more, config.cpp_entrypoints());
  for (const std::string& entrypoint : more) ARROW_RETURN_NOT_OK(loader.Load(entrypoint, log));
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
