// Python class names of features.
#pragma once

#include <string>

#include "metaxy/keys.h"

namespace metaxy {

/// \brief "ExampleCropV2" of "example/crop-v2".
std::string ClassName(const FeatureKey& key);

}  // namespace metaxy
