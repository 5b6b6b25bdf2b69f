// Differences between graphs as diagrams.
#pragma once

#include <string>

#include "base/program_export.h"
#include "graph/graph_diff.h"

namespace metaxy {

/// \brief A Mermaid flowchart: features with their fields, coloured by what happened to them. As
/// the reference's `graph-diff render --format mermaid` gives it, but for the quotes of attributes,
/// which Mermaid cannot read there, and for keys such as a/b and a-b, which share a node there.
METAXY_PROGRAM_EXPORT std::string MermaidText(const GraphDiff& diff);

}  // namespace metaxy
