// What features.toml may leave out of the shape that specs have in JSON.
#pragma once

#include "metaxy/json.h"

namespace metaxy {

/// \brief The `deps` of a feature as FeatureSpec::FromJson wants them: `fields_mapping = "all"` and
/// `lineage = { type = "aggregation" }` get the objects around them that JSON has. Other values
/// stay as they are.
Json ExpandDeps(Json deps);

/// \brief The `fields` of a feature: `deps = "all"` and `fields = "all"` become the reference's
/// text for everything.
Json ExpandFields(Json fields);

}  // namespace metaxy
