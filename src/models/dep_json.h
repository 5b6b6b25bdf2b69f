// JSON of dependencies: FeatureDep with fields mapping and lineage.
#pragma once

#include "metaxy/feature_spec.h"
#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief The string that means "all fields" in JSON.
inline constexpr const char* kAllDep = "__METAXY_ALL_DEP__";

/// \brief As written by the reference.
Json DepToJson(const FeatureDep& dep);

/// \brief A dependency from an object, from its key as a string or from the parts of its key.
FeatureDep ReadDep(const Json& json, const ValuePath& path, Problems* problems);

/// \brief A list of strings, or null.
Json StringsToJson(const std::optional<std::vector<std::string>>& texts);

}  // namespace metaxy
