// Graphs as JSON, for `graph render --format json`.
#pragma once

#include "graph/render/graph_data.h"
#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief Features with their fields, dependencies and versions in full length; with counts where a
/// store was asked.
Json GraphJson(const render::GraphData& data);

}  // namespace metaxy::cli
