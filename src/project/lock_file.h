// metaxy.lock: the definitions of other projects' features, as they were in the store when it was
// written.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/feature_definition.h"

namespace metaxy::internal {

/// \brief The source of features that come from a lock file.
inline constexpr const char* kLockFileSource = "metaxy.lock";

/// \brief A feature of a lock file, with the versions that it had. The definition is external.
struct LockedFeature {
  FeatureDefinition definition;
  std::string version;
  std::vector<std::pair<std::string, std::string>> version_by_field;  ///< field key -> version
  std::string definition_version;
};

/// \brief The features of a lock file, in its order. InvalidConfig, with the line, if it is none.
arrow::Result<std::vector<LockedFeature>> ReadLockFile(const std::filesystem::path& path);

/// \brief The text of a lock file, byte for byte as the reference writes it. Nulls in metadata, for
/// which TOML has no word, are left out.
std::string LockFileText(const std::vector<LockedFeature>& features);

}  // namespace metaxy::internal
