// Loading the definitions that a configuration names.
#pragma once

#include <arrow/status.h>

#include "base/log.h"
#include "metaxy/config.h"
#include "metaxy/graph.h"

namespace metaxy::internal {

/// \brief Adds everything that `entrypoints` and `[ext.cpp] entrypoints` name to the graph: .json
/// and .toml files and .so libraries, each once. Tells `log` of Python modules. InvalidConfig,
/// InvalidDefinition, and what reading fails with.
arrow::Status LoadEntrypoints(const MetaxyConfig& config, const Log& log, FeatureGraph* graph);

}  // namespace metaxy::internal
