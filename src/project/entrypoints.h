// Entrypoint loading: the definitions that a configuration names.
#pragma once

#include <arrow/status.h>

#include "base/log.h"
#include "metaxy/config.h"
#include "metaxy/graph.h"

namespace metaxy::internal {

/// \brief Adds everything named by `entrypoints` and `[ext.cpp] entrypoints` to the graph: .json
/// and .toml files and .so libraries, each once. Reports Python modules to `log`. InvalidConfig,
/// InvalidDefinition, and read errors.
arrow::Status LoadEntrypoints(const MetaxyConfig& config, const Log& log, FeatureGraph* graph);

}  // namespace metaxy::internal
