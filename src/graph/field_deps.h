// Field dependencies: explicit ones first, else the fields mappings.
#pragma once

#include <arrow/result.h>

#include <utility>
#include <vector>

#include "metaxy/feature_spec.h"
#include "metaxy/graph.h"

namespace metaxy {

/// \brief Fields of one parent.
using ParentFieldKeys = std::pair<FeatureKey, std::vector<FieldKey>>;

/// \brief The dependencies of `field`, which belongs to `feature`, in the order in which they are
/// given; a parent can appear twice. `parents` are the specs of the features in `feature.deps`.
/// InvalidDefinition as FeaturePlan says.
arrow::Result<std::vector<ParentFieldKeys>> ResolveFieldDeps(
    const FeatureSpec& feature, const std::vector<const FeatureSpec*>& parents,
    const FieldSpec& field);

/// \brief The same as one list, ordered as strings, without duplicates.
arrow::Result<std::vector<FQFieldKey>> ResolveParentFields(
    const FeatureSpec& feature, const std::vector<const FeatureSpec*>& parents,
    const FieldSpec& field);

}  // namespace metaxy
