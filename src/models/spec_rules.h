// Validation rules of the reference's models, and the subject of messages about them.
#pragma once

#include <string>
#include <vector>

#include "metaxy/feature_definition.h"
#include "metaxy/feature_spec.h"
#include "models/problems.h"

namespace metaxy {

/// \brief Every rule that the spec violates; `path` is the location of the spec.
std::vector<Problem> FindSpecProblems(const FeatureSpec& spec, const ValuePath& path);

/// \brief Every rule that the definition violates, including its spec.
std::vector<Problem> FindDefinitionProblems(const FeatureDefinition& definition);

/// \brief "feature 'a/b'".
std::string FeatureSubject(const FeatureKey& key);

}  // namespace metaxy
