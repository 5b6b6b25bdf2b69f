// Diff model that all renderers draw.
#pragma once

#include "base/program_export.h"
#include "graph/graph_diff.h"
#include "graph/render/graph_data.h"

namespace metaxy::render {

/// \brief The features of both graphs with their status. Mirrors GraphData.from_merged_diff;
/// removed fields come last.
METAXY_PROGRAM_EXPORT GraphData FromGraphDiff(const GraphDiff& diff);

}  // namespace metaxy::render
