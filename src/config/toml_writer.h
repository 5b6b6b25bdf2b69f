// TOML serialisation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_export.h"
#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief A JSON object as a TOML document: members in order, tables after everything else, nulls
/// omitted.
METAXY_PROGRAM_EXPORT std::string WriteToml(const Json& table);

/// \brief The comment for the value at this path of keys; elements of a list of tables have their
/// index as a key.
using TomlComment = std::function<std::string(const std::vector<std::string>& keys)>;

/// \brief The same with a comment after each value.
METAXY_PROGRAM_EXPORT std::string WriteToml(const Json& table, const TomlComment& comment);

/// \brief A string as a basic string, and a key verbatim or as one.
std::string TomlString(std::string_view text);
std::string TomlKey(const std::string& key);

}  // namespace metaxy::internal
