// A project: its configuration, its features and its stores. The usual entry point of the library.
//
//   ARROW_ASSIGN_OR_RAISE(auto project, metaxy::Project::Load());
//   ARROW_ASSIGN_OR_RAISE(auto store, project->OpenStore(metaxy::AccessMode::kWrite));
//   ARROW_ASSIGN_OR_RAISE(auto increment, store->ResolveUpdate("example/crop"));
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/config.h"
#include "metaxy/export.h"
#include "metaxy/external_features.h"
#include "metaxy/graph.h"
#include "metaxy/lock_file.h"
#include "metaxy/log.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

/// \brief Configuration and feature graph, loaded together. Its stores start with its graph. Its
/// functions may be called from many threads at once.
class METAXY_EXPORT Project {
 public:
  /// \brief Loads the configuration and every definition it names: the lock file first, then
  /// `entrypoints` and `[ext.cpp] entrypoints`. Fails as MetaxyConfig::Load does, and with
  /// InvalidDefinition, Cycle or MissingFeatureDependency, naming file and line if known. A Python
  /// module among the entrypoints is not an error: on_log receives a record that its features come
  /// through `metaxy push` and `metaxy.lock`.
  ///
  /// A missing dependency is not yet an error if definitions of other projects may still be loaded
  /// from a store: if there are external features or `extra_features`.
  static arrow::Result<std::shared_ptr<Project>> Load(const ConfigLoadOptions& options = {});

  /// \brief The same for Lock(): missing dependencies are always allowed, and a lock file that
  /// cannot be read is ignored, which is reported to on_log.
  static arrow::Result<std::shared_ptr<Project>> LoadForLock(const ConfigLoadOptions& options = {});

  /// \brief A project made of these parts, for programs that declare features in C++. `graph` must
  /// not be modified afterwards; without one, everything that needs it is InvalidInput. `on_log` is
  /// also used by its stores.
  static std::shared_ptr<Project> Make(MetaxyConfig config,
                                       std::shared_ptr<const FeatureGraph> graph,
                                       LogFunction on_log = nullptr);

  const MetaxyConfig& config() const { return config_; }
  /// \brief The project's features. This graph is immutable and lives as long as the project;
  /// SyncExternalFeatures() replaces it with another one.
  std::shared_ptr<const FeatureGraph> graph() const;
  /// \brief The configured project, or the one project of the graph's features.
  arrow::Result<std::string> name() const;

  /// \brief A closed store, the default one if no name is given, with its chain of fallback stores.
  /// InvalidConfig if it is not configured, or if fallback stores refer to each other in a cycle;
  /// HashAlgorithmMismatch.
  arrow::Result<std::shared_ptr<MetadataStore>> GetStore(
      const std::optional<std::string>& name = std::nullopt) const;

  /// \brief The same, open.
  arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(
      AccessMode mode = AccessMode::kRead, const std::optional<std::string>& name = std::nullopt,
      const ExecutionOptions& execution = {}) const;

  /// \brief MetadataStore::SyncExternalFeatures of a store of this project; afterwards the project,
  /// and the stores that are made from then on, have its graph.
  arrow::Result<std::vector<FeatureDefinition>> SyncExternalFeatures(
      MetadataStore& store, const SyncOptions& options = {});

  /// \brief Writes the lock file: the definitions, as stored in the store, of the features of other
  /// projects that this one depends on or names in `extra_features`, and of everything they depend
  /// on.
  ///
  /// The file is replaced atomically, and only if a feature was added, removed or has a different
  /// definition. InvalidConfig if no project is configured; FeatureNotFound, naming them, if
  /// features are not in the store; VersionMismatch if the version derived from the definitions is
  /// not the recorded one, unless that is explained by a feature of another project that was pushed
  /// later, which is reported to on_log. Opens a closed store for the duration of the call. Mirrors
  /// `metaxy lock`.
  arrow::Result<LockFileResult> Lock(MetadataStore& store, const LockOptions& options = {}) const;

 private:
  Project(MetaxyConfig config, std::shared_ptr<const FeatureGraph> graph, LogFunction on_log)
      : config_(std::move(config)), on_log_(std::move(on_log)), graphs_{std::move(graph)} {}

  static arrow::Result<std::shared_ptr<Project>> Load(const ConfigLoadOptions& options,
                                                      bool for_lock);
  /// InvalidInput if there is no graph.
  arrow::Status CheckGraph() const;

  MetaxyConfig config_;
  LogFunction on_log_;  // for the project and its stores, one thread at a time
  mutable std::mutex graph_mutex_;
  // The last one is current; earlier ones are kept for their users.
  std::vector<std::shared_ptr<const FeatureGraph>> graphs_;
};

}  // namespace metaxy
