// Values -> TOML, laid out as the reference lays out lock files.
#pragma once

#include <string>

#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief A JSON object as a TOML document, byte for byte as `tomlkit.dumps(..., sort_keys=True)`
/// gives it. Nulls, which TOML does not have, are left out, also from lists.
std::string WriteLockToml(const Json& table);

}  // namespace metaxy::internal
