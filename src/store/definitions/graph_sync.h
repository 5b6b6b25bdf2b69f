// Replacing the external features of a graph by the definitions that a store has.
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
  /// Selected beside the external features of the graph.
  std::vector<FeatureSelection> selections;
  std::optional<OnVersionMismatch> on_version_mismatch = std::nullopt;
  /// How the store is called in messages.
  std::string store;
  Log log;
  /// Gives what the store has; asked only if something is wanted.
  std::function<arrow::Result<std::vector<StoredDefinition>>()> read_definitions;
};

struct SyncedGraph {
  /// The same graph if nothing had to be loaded.
  std::shared_ptr<const FeatureGraph> graph;
  std::vector<FeatureDefinition> loaded;
};

/// Whether a sync could change the graph or has something to say about it.
bool NeedsSync(const FeatureGraph& graph, const std::vector<FeatureSelection>& selections);

/// A graph in which the wanted features, and what they depend on, are the store's. `graph` itself
/// is not changed. VersionMismatch if a replaced feature has another version than before and that
/// is to be an error; MissingFeatureDependency if an external feature depends on something that is
/// not in the graph.
arrow::Result<SyncedGraph> SyncGraph(const std::shared_ptr<const FeatureGraph>& graph,
                                     const GraphSyncRequest& request);

}  // namespace metaxy::internal
