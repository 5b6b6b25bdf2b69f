// metaxy.lock: the definitions of other projects' features, as stored when it was written.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/feature_definition.h"

namespace metaxy::internal {

/// \brief The source of features from a lock file.
inline constexpr const char* kLockFileSource = "metaxy.lock";

/// \brief A feature of a lock file, with its versions at that time. The definition is external.
struct LockedFeature {
  FeatureDefinition definition;
  std::string version;
  std::vector<std::pair<std::string, std::string>> version_by_field;  ///< field key -> version
  std::string definition_version;
};

/// \brief The features of a lock file, in order. InvalidConfig, with the line, if it is not a valid
/// lock file.
arrow::Result<std::vector<LockedFeature>> ReadLockFile(const std::filesystem::path& path);

/// \brief The content of a lock file, byte for byte as the reference writes it. Nulls in metadata,
/// which TOML cannot express, are omitted.
std::string LockFileText(const std::vector<LockedFeature>& features);

}  // namespace metaxy::internal
