// Cache of versions that a graph has computed.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "metaxy/graph.h"

namespace metaxy {

/// \brief Versions by "feature/key.field/key" and by project. The mutex guards both; computations
/// run while holding it, so that readers do not repeat each other's work.
struct FeatureGraph::VersionCache {
  std::mutex mutex;
  std::unordered_map<std::string, std::string> by_field;
  std::unordered_map<std::string, std::string> by_project;
};

}  // namespace metaxy
