// TOML text -> values that know their lines. The one place that knows the TOML library.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "config/source_value.h"

namespace metaxy::internal {

/// \brief Reads a TOML text. `name` stands for it in origins and messages. Dates and times become
/// texts as pydantic writes them ("2024-05-01T07:32:00Z"). InvalidConfig, "name:line:column: ...",
/// if the text is no TOML.
arrow::Result<SourceValue> ParseToml(std::string_view text, const std::string& name);

/// \brief Reads a TOML file; its path stands for it in messages. InvalidConfig if it cannot be read
/// or is no TOML.
arrow::Result<SourceValue> ReadToml(const std::filesystem::path& path);

/// \brief The content of a file. InvalidConfig with the system's reason if it cannot be read.
arrow::Result<std::string> ReadTextFile(const std::filesystem::path& path);

}  // namespace metaxy::internal
