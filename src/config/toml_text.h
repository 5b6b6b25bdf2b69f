// Validation of TOML text before the library parses it.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

namespace metaxy::internal {

/// \brief `text` made safe for the TOML library: for some non-ASCII characters where it looks for
/// white space, its behaviour is undefined.
///
/// InvalidConfig, "name:line:column: ...", where TOML does not allow such characters anyway:
/// outside of strings and comments, and after a backslash. Where it does allow them, after a
/// backslash that joins lines, the character becomes an escape; this is the only change.
arrow::Result<std::string> PrepareToml(std::string_view text, const std::string& name);

}  // namespace metaxy::internal
