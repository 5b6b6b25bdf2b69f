// Reading specs and definitions from JSON, with all problems and their places.
#pragma once

#include "metaxy/feature_definition.h"
#include "metaxy/feature_spec.h"
#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief A spec; adds everything that is wrong with its shape or breaks a rule to `problems`, with
/// places under `path`.
FeatureSpec ReadSpec(const Json& json, const ValuePath& path, Problems* problems);

/// \brief A definition, in the same way.
FeatureDefinition ReadDefinition(const Json& json, Problems* problems);

/// \brief "feature 'a/b'" if `spec` is the JSON of a spec that tells its key, else "the feature".
std::string SubjectOfSpec(const Json* spec);

}  // namespace metaxy
