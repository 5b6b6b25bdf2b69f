// Shared parts of the readers of definition files.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metaxy/feature_definition.h"
#include "models/problems.h"

namespace metaxy {

/// \brief The definitions of a file, and all errors in it.
class DefinitionList {
 public:
  /// \brief Adds a definition found at `place` ("features.toml:3:1"); a second one with the same
  /// key is an error.
  void Add(FeatureDefinition definition, const std::string& place);

  void AddError(std::string message) { errors_.push_back(std::move(message)); }

  /// \brief The definitions, or InvalidDefinition with all errors in one line.
  arrow::Result<std::vector<FeatureDefinition>> Finish();

 private:
  std::vector<FeatureDefinition> definitions_;
  std::unordered_map<FeatureKey, std::string> places_;
  std::vector<std::string> errors_;
};

/// \brief The content of a file; InvalidInput, or PermissionDenied, with the reason if it cannot be
/// read.
arrow::Result<std::string> ReadDefinitionsFile(const std::filesystem::path& path);

}  // namespace metaxy
