// Definitions files in JSON: a list of FeatureDefinition objects as the reference serialises them.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/feature_definition.h"

namespace metaxy {

/// \brief Reads a definitions file. `default_project` is for entries without a project.
/// InvalidDefinition if the file is not such a list, if an entry is not valid or if a key occurs
/// twice: all errors in one message, with line and column. InvalidInput if the file cannot be read.
arrow::Result<std::vector<FeatureDefinition>> ReadDefinitionsJson(
    const std::filesystem::path& path, const std::string& default_project);

/// \brief The same for a text; `name` is the name of the file in messages.
arrow::Result<std::vector<FeatureDefinition>> ParseDefinitionsJson(
    std::string_view text, const std::string& name, const std::string& default_project);

}  // namespace metaxy
