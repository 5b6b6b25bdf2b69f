// A project: its configuration, its features and its stores. The usual way into the library.
//
//   ARROW_ASSIGN_OR_RAISE(auto project, metaxy::Project::Load());
//   ARROW_ASSIGN_OR_RAISE(auto store, project->OpenStore(metaxy::AccessMode::kWrite));
//   ARROW_ASSIGN_OR_RAISE(auto increment, store->ResolveUpdate("example/crop"));
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>

#include "metaxy/config.h"
#include "metaxy/export.h"
#include "metaxy/graph.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

/// \brief Configuration and feature graph, loaded together. Stores made from it share its graph.
class METAXY_EXPORT Project {
 public:
  /// \brief Loads the configuration and every definition it names: the lock file first, then
  /// `entrypoints` and
  /// `[ext.cpp] entrypoints`. Fails like MetaxyConfig::Load, and with InvalidDefinition, Cycle or
  /// MissingFeatureDependency, naming file and line where there are some. A Python module among the
  /// entrypoints is no error: on_warning hears that its features come through `metaxy push` and
  /// `metaxy.lock`.
  static arrow::Result<std::shared_ptr<Project>> Load(const ConfigLoadOptions& options = {});

  /// \brief A project made of these parts, for programs that declare features in C++.
  static std::shared_ptr<Project> Make(MetaxyConfig config, std::shared_ptr<FeatureGraph> graph);

  const MetaxyConfig& config() const { return config_; }
  const std::shared_ptr<FeatureGraph>& graph() const { return graph_; }
  /// \brief The configured project, or the one project of the graph's features.
  arrow::Result<std::string> name() const;

  /// \brief A closed store, the default one if no name is given, with its chain of fallback stores.
  /// InvalidConfig if it is not configured, or if fallback stores refer to each other in a circle;
  /// HashAlgorithmMismatch.
  arrow::Result<std::shared_ptr<MetadataStore>> GetStore(
      const std::optional<std::string>& name = std::nullopt) const;

  /// \brief The same, open.
  arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(
      AccessMode mode = AccessMode::kRead,
      const std::optional<std::string>& name = std::nullopt) const;

 private:
  Project(MetaxyConfig config, std::shared_ptr<FeatureGraph> graph)
      : config_(std::move(config)), graph_(std::move(graph)) {}

  MetaxyConfig config_;
  std::shared_ptr<FeatureGraph> graph_;
};

}  // namespace metaxy
