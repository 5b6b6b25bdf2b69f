// YAML serialisation of JSON values.
#pragma once

#include <string>

#include "base/program_export.h"
#include "metaxy/json.h"

namespace metaxy {

/// \brief A value in block style, as written by PyYAML's safe_dump(default_flow_style=False,
/// sort_keys=False). Strings that YAML 1.1 would read as something else are quoted.
METAXY_PROGRAM_EXPORT std::string YamlText(const Json& value);

}  // namespace metaxy
