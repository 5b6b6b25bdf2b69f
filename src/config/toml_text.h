// What must hold of a text before the TOML library sees it.
#pragma once

#include <arrow/status.h>

#include <string>
#include <string_view>

namespace metaxy::internal {

/// \brief Refuses characters that are not ASCII outside of strings and comments, which TOML does
/// not allow: InvalidConfig, "name:line:column: ...". The library says so as well in most cases,
/// but for some characters its behaviour is undefined.
arrow::Status CheckTomlCharacters(std::string_view text, const std::string& name);

}  // namespace metaxy::internal
