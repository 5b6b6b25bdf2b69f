// Cycle reporting.
#pragma once

#include <arrow/status.h>

#include <vector>

#include "metaxy/keys.h"

namespace metaxy {

/// \brief Cycle, naming the cycle "a -> b -> a"; the middle of a long one is omitted. `circle`
/// names each feature once.
arrow::Status CircleError(const std::vector<FeatureKey>& circle);

}  // namespace metaxy
