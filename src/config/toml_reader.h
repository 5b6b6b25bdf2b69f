// TOML parser: text to values that know their lines. The only file that knows the TOML library.
// The one place that knows the TOML library.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "config/source_value.h"

namespace metaxy::internal {

/// \brief Parses TOML. `name` is the source in origins and messages. Dates and times become strings
/// as pydantic writes them ("2024-05-01T07:32:00Z"). InvalidConfig, "name:line:column: ...", if it
/// is not valid TOML.
arrow::Result<SourceValue> ParseToml(std::string_view text, const std::string& name);

/// \brief Reads a TOML file; messages name its path. InvalidConfig if it cannot be read or is not
/// valid TOML.
arrow::Result<SourceValue> ReadToml(const std::filesystem::path& path);

/// \brief The content of a file. InvalidConfig with the system's reason if it cannot be read.
arrow::Result<std::string> ReadTextFile(const std::filesystem::path& path);

}  // namespace metaxy::internal
