// Discovery of configuration files, and resolution of `extend`.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <optional>

#include "config/source_value.h"

namespace metaxy::internal {

/// \brief metaxy.toml, or a pyproject.toml with a table [tool.metaxy], in `start` or the nearest of
/// its parents. InvalidConfig if a pyproject.toml on the way is not valid TOML.
arrow::Result<std::optional<std::filesystem::path>> FindConfigFile(
    const std::filesystem::path& start, bool search_parents);

/// \brief The content of a configuration file merged with the files it extends: tables are merged
/// one level deep, lists are joined, everything else is replaced. InvalidConfig if a file is
/// missing, is not valid TOML, or extends itself.
arrow::Result<SourceValue> ReadConfigFile(const std::filesystem::path& path);

}  // namespace metaxy::internal
