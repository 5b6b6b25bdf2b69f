// Definitions of features as text: the formats that entrypoints of metaxy.toml may have.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/feature_definition.h"

namespace metaxy {

enum class DefinitionsFormat {
  kJson,  ///< A list of what FeatureDefinition::ToJson() writes.
  kToml,  ///< A table `[[feature]]` per feature; see docs/features-toml.md.
};

struct DefinitionsOptions {
  /// Stands for the text in messages and, up to its last dot, in the class paths of features that
  /// give none.
  std::string name = "definitions";
  /// The project of features that name none.
  std::string project = {};
};

/// \brief Reads definitions from a text, in its order; add them to a FeatureGraph.
/// InvalidDefinition with everything that is wrong, each with its place in the text. Thread-safe.
METAXY_EXPORT arrow::Result<std::vector<FeatureDefinition>> ParseDefinitions(
    std::string_view text, DefinitionsFormat format, const DefinitionsOptions& options = {});

}  // namespace metaxy
