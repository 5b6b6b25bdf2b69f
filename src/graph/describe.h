// Graph statistics.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/program_export.h"
#include "metaxy/graph.h"
#include "metaxy/json.h"

namespace metaxy {

/// \brief Mirrors metaxy.graph.describe_graph.
struct METAXY_PROGRAM_EXPORT GraphDescription {
  std::string project_version;
  size_t total_features = 0;
  size_t depth = 0;                        ///< features in the longest chain of dependencies
  std::vector<std::string> root_features;  ///< without dependencies, sorted
  std::vector<std::string>
      leaf_features;  ///< on which none of the described features depends, sorted
  std::vector<std::pair<std::string, size_t>> projects;  ///< project -> features, in graph order
  std::optional<std::string> filter_project;
  size_t filtered_features = 0;  ///< of `filter_project`

  /// \brief With the reference's names and order.
  Json ToJson() const;
};

/// \brief Describes the features of `filter_project`, or all. `project` is the one whose version is
/// included; if empty, the graph's only one. Cycle, and InvalidInput as FeatureGraph::project().
METAXY_PROGRAM_EXPORT arrow::Result<GraphDescription> DescribeGraph(
    const FeatureGraph& graph, const std::string& project,
    const std::optional<std::string>& filter_project = std::nullopt);

/// \brief All direct and transitive dependencies of `key`, sorted as strings, including features
/// that are not in the graph. FeatureNotInGraph if `key` itself is not. `max_depth` limits the
/// number of steps.
arrow::Result<std::vector<std::string>> AllDependencies(
    const FeatureGraph& graph, const FeatureKey& key,
    std::optional<size_t> max_depth = std::nullopt);

/// \brief All direct and transitive dependents of `key`, sorted as strings.
std::vector<std::string> AllDependents(const FeatureGraph& graph, const FeatureKey& key,
                                       std::optional<size_t> max_depth = std::nullopt);

}  // namespace metaxy
