// Graph snapshots: earlier feature graphs, from the definitions that `metaxy push` recorded.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "store/definitions/system_tables.h"

namespace metaxy::internal {

/// The definition that was pushed. `source` is its origin, for messages. InvalidDefinition if it
/// cannot be read.
arrow::Result<FeatureDefinition> PushedDefinition(const PushedFeature& feature,
                                                  const std::string& source);

/// The features that were pushed under a project version, and their dependencies in other projects
/// as of that time: the latest definition pushed no later than the features, else the first one
/// pushed after them.
arrow::Result<std::shared_ptr<FeatureGraph>> PushedGraph(const std::vector<PushedFeature>& pushed,
                                                         const std::string& project_version,
                                                         int hash_truncation_length,
                                                         const std::string& source);

}  // namespace metaxy::internal
