// JSON values as YAML.
#pragma once

#include <string>

#include "metaxy/json.h"

namespace metaxy {

/// \brief A value in block style, as PyYAML's safe_dump(default_flow_style=False, sort_keys=False)
/// writes it. Texts that YAML 1.1 would read as something else are quoted.
std::string YamlText(const Json& value);

}  // namespace metaxy
