// Feature selection on the command line: keys, or --all-features.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/context.h"
#include "metaxy/project.h"

namespace metaxy::cli {

/// \brief `FEATURE...` and `--all-features`.
std::vector<OptionSpec> FeatureSelectionOptions();

struct SelectedFeatures {
  std::vector<FeatureKey> known;
  std::vector<FeatureKey> unknown;  ///< not in the graph
};

/// \brief Reads the selection from the project's graph, or from `graph` if one is given. If it is
/// invalid, reports this and returns the exit code.
std::optional<int> SelectFeatures(Context& context, const Arguments& arguments,
                                  const Project& project, SelectedFeatures* selected,
                                  std::shared_ptr<const FeatureGraph> graph = nullptr);

/// \brief Rejects unknown features, suggesting the closest known ones.
int RefuseUnknown(Context& context, bool json, const Project& project,
                  const std::vector<FeatureKey>& unknown);

/// \brief The feature of an argument, which must be in the graph. InvalidInput or
/// FeatureNotInGraph.
arrow::Result<FeatureKey> FeatureOf(const Arguments& arguments, const Project& project);
/// \brief The same for a graph of its own.
arrow::Result<FeatureKey> FeatureOf(const Arguments& arguments, const FeatureGraph& graph);

}  // namespace metaxy::cli
