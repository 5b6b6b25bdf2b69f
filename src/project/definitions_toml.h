// Definitions files in TOML, written by hand. docs/features.schema.json describes them to editors.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/feature_definition.h"

namespace metaxy {

/// \brief Reads a features.toml: a table `[[feature]]` per feature with `key`, `id_columns`,
/// `fields`, `deps`, `columns`, `description`, `metadata`, `project`, `feature_class_path` and
/// `external`. `default_project` is for features without a project. InvalidDefinition with all
/// errors in one message, each with file:line:column. InvalidInput if the file cannot be read.
arrow::Result<std::vector<FeatureDefinition>> ReadDefinitionsToml(
    const std::filesystem::path& path, const std::string& default_project);

/// \brief The same for a text; `name` is the name of the file in messages, and `stem` is used in
/// class paths: "<stem>.<ClassName>".
arrow::Result<std::vector<FeatureDefinition>> ParseDefinitionsToml(
    std::string_view text, const std::string& name, const std::string& stem,
    const std::string& default_project);

}  // namespace metaxy
