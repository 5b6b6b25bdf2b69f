// JSON parsing of specs and definitions, with all problems and their locations.
#pragma once

#include "metaxy/feature_definition.h"
#include "metaxy/feature_spec.h"
#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief A spec; adds every shape error and violated rule to `problems`, with locations under
/// `path`.
FeatureSpec ReadSpec(const Json& json, const ValuePath& path, Problems* problems);

/// \brief A definition, in the same way.
FeatureDefinition ReadDefinition(const Json& json, Problems* problems);

/// \brief "feature 'a/b'" if `spec` is the JSON of a spec that has a key, else "the feature".
std::string SubjectOfSpec(const Json* spec);

}  // namespace metaxy
