// JSON of features, as `list` and `describe` print it.
#pragma once

#include <arrow/result.h>

#include "metaxy/graph.h"
#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief `[{"key", "code_version", "version", "deps"}]`; deps, with `with_deps`, if there are any.
arrow::Result<Json> FieldsToJson(const FeatureGraph& graph, const FeatureDefinition& definition,
                                 bool with_deps);

/// \brief A feature of `list features`.
arrow::Result<Json> ListedFeature(const FeatureGraph& graph, const FeatureDefinition& definition,
                                  bool verbose);

/// \brief A feature of `describe features`.
arrow::Result<Json> DescribedFeature(const FeatureGraph& graph,
                                     const FeatureDefinition& definition);

/// \brief "a.x, a.y, b" for a field's `deps`, human-readable.
std::string FieldDepsText(const Json& field);

}  // namespace metaxy::cli
