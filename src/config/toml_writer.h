// Values -> TOML text.
#pragma once

#include <string>

#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief A JSON object as a TOML document: members in their order, tables after everything else,
/// nulls left out.
std::string WriteToml(const Json& table);

}  // namespace metaxy::internal
