// Shorthands of features.toml, expanded to the JSON shape of specs.
#pragma once

#include "metaxy/json.h"

namespace metaxy {

/// \brief The `deps` of a feature in the form of FeatureSpec::FromJson: `fields_mapping = "all"`
/// and `lineage = { type = "aggregation" }` are wrapped in the objects that JSON has. Other values
/// are unchanged.
Json ExpandDeps(Json deps);

/// \brief The `fields` of a feature: `deps = "all"` and `fields = "all"` become the reference's
/// string for all fields.
Json ExpandFields(Json fields);

}  // namespace metaxy
