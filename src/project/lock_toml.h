// TOML writer with the layout of the reference's lock files.
#pragma once

#include <string>

#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief A JSON object as a TOML document, byte for byte as `tomlkit.dumps(..., sort_keys=True)`
/// writes it. Nulls, which TOML does not have, are omitted, also from lists.
std::string WriteLockToml(const Json& table);

}  // namespace metaxy::internal
