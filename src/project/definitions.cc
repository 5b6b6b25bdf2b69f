#include "metaxy/definitions.h"

#include <filesystem>

#include "base/contained.h"
#include "project/definitions_json.h"
#include "project/definitions_toml.h"

namespace metaxy {

arrow::Result<std::vector<FeatureDefinition>> ParseDefinitions(std::string_view text,
                                                               DefinitionsFormat format,
                                                               const DefinitionsOptions& options) {
  return internal::Contained([&]() -> arrow::Result<std::vector<FeatureDefinition>> {
    if (format == DefinitionsFormat::kJson)
      return ParseDefinitionsJson(text, options.name, options.project);
    const std::string stem = std::filesystem::path(options.name).stem().string();
    return ParseDefinitionsToml(text, options.name, stem, options.project);
  });
}

}  // namespace metaxy
