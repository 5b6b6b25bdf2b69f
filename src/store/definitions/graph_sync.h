// Graph sync: replaces external features of a graph by the definitions in a store.
#pragma once

#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "metaxy/external_features.h"
#include "metaxy/graph.h"
#include "store/definitions/stored_definitions.h"

namespace metaxy::internal {

struct GraphSyncRequest {
  /// Selected in addition to the external features of the graph.
  std::vector<FeatureSelection> selections;
  std::optional<OnVersionMismatch> on_version_mismatch = std::nullopt;
  /// The name of the store in messages.
  std::string store;
  Log log;
  /// Returns the definitions in the store; called only if some are needed.
  std::function<arrow::Result<std::vector<StoredDefinition>>()> read_definitions;
};

struct SyncedGraph {
  /// The same graph if nothing had to be loaded.
  std::shared_ptr<const FeatureGraph> graph;
  std::vector<FeatureDefinition> loaded;
};

/// Whether a sync could change the graph or report something about it.
bool NeedsSync(const FeatureGraph& graph, const std::vector<FeatureSelection>& selections);

/// A graph in which the requested features, and their dependencies, are those of the store. `graph`
/// itself is not changed. VersionMismatch if a replaced feature has a different version than before
/// and this is to be an error; MissingFeatureDependency if an external feature depends on something
/// that is not in the graph.
arrow::Result<SyncedGraph> SyncGraph(const std::shared_ptr<const FeatureGraph>& graph,
                                     const GraphSyncRequest& request);

}  // namespace metaxy::internal
