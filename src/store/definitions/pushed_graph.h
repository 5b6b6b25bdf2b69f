// Feature graphs as they once were, from the definitions that `metaxy push` recorded.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "store/definitions/system_tables.h"

namespace metaxy::internal {

/// The definition that was pushed. `source` says where it came from, for people.
/// InvalidDefinition if it cannot be read.
arrow::Result<FeatureDefinition> PushedDefinition(const PushedFeature& feature,
                                                  const std::string& source);

/// The features that were pushed under a project version, and what they depend on in other
/// projects, as it was at that time: the latest definition that was pushed not after them, else
/// the first one that was pushed after.
arrow::Result<std::shared_ptr<FeatureGraph>> PushedGraph(const std::vector<PushedFeature>& pushed,
                                                         const std::string& project_version,
                                                         int hash_truncation_length,
                                                         const std::string& source);

}  // namespace metaxy::internal
