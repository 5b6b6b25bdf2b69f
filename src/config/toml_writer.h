// Values -> TOML text.
#pragma once

#include <string>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief A JSON object as a TOML document: members in their order, tables after everything else,
/// nulls left out.
std::string WriteToml(const Json& table);

/// \brief A text as a basic string, and a key as it is or as one.
std::string TomlString(std::string_view text);
std::string TomlKey(const std::string& key);

}  // namespace metaxy::internal
