// Definitions in a store: pushed graphs, and the definitions of features of other projects.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/external_features.h"
#include "metaxy/feature_definition.h"
#include "metaxy/graph.h"
#include "metaxy/graph_snapshot.h"
#include "metaxy/store_options.h"

namespace metaxy {

namespace internal {
class StoreSession;
}

/// \brief The definitions that a store has in its system tables. From MetadataStore::definitions();
/// a handle, valid as long as the store, used like the store from many threads. Functions fail with
/// the errors that all operations of a store have.
class METAXY_EXPORT StoreDefinitions {
 public:
  /// \brief Records the definitions of a project in the store's system table, so that other
  /// projects and the Python package can load them. Does nothing if the latest push is identical.
  /// Mirrors SystemTableStorage.push_graph_snapshot.
  arrow::Result<PushResult> PushGraphSnapshot(const std::string& project,
                                              const PushOptions& options = {});

  /// \brief Loads the definitions stored in this store itself for the external features of its
  /// graph, for the selected features, and for everything they depend on; Read() and
  /// ResolveUpdate() do this first. Returns what was loaded. VersionMismatch, naming features,
  /// versions and fields, if one differs from its placeholder and this is to be an error; the graph
  /// is unchanged then. Opens a closed store for the duration of the call. Mirrors
  /// metaxy.sync_external_features.
  arrow::Result<std::vector<FeatureDefinition>> SyncExternalFeatures(
      const SyncOptions& options = {});

  /// \brief A version of a project (or of all) as it was pushed, without parents owned by other
  /// projects. SystemDataNotFound. Mirrors SystemTableStorage.load_graph_from_snapshot.
  arrow::Result<std::shared_ptr<FeatureGraph>> LoadGraphSnapshot(
      const std::string& project_version, const std::optional<std::string>& project = std::nullopt,
      const ExecutionOptions& execution = {});

  /// \brief All pushed versions of a project (or of all), ordered by first push, latest first.
  /// Mirrors SystemTableStorage.read_graph_snapshots.
  arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
      const std::optional<std::string>& project = std::nullopt,
      const ExecutionOptions& execution = {});

 private:
  friend class MetadataStore;
  explicit StoreDefinitions(internal::StoreSession* session) : session_(session) {}

  internal::StoreSession* session_;
};

}  // namespace metaxy
