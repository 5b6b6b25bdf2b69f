// Diagrams of graph diffs.
#pragma once

#include <string>

#include "base/program_export.h"
#include "graph/graph_diff.h"

namespace metaxy {

/// \brief A Mermaid flowchart: features with their fields, coloured by status. Identical to the
/// reference's `graph-diff render --format mermaid`, except for the quotes of attributes, which
/// Mermaid cannot parse there, and for keys such as a/b and a-b, which share a node there.
METAXY_PROGRAM_EXPORT std::string MermaidText(const GraphDiff& diff);

}  // namespace metaxy
