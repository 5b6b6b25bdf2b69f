// Options and result of writing metaxy.lock.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"

namespace metaxy {

/// \brief Options of Project::Lock.
struct METAXY_EXPORT LockOptions {
  /// The file to write; if absent, that of the configuration.
  std::optional<std::filesystem::path> output = std::nullopt;
  /// Only report what would change.
  bool dry_run = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief A feature that was added to or removed from a lock file. Mirrors metaxy's FeatureChange.
struct LockedFeatureChange {
  std::string project;
  std::string key;
  std::string version;
};

/// \brief A feature whose definition has changed. Mirrors metaxy's FeatureUpdate.
struct LockedFeatureUpdate {
  std::string project;
  std::string key;
  std::string old_version;
  std::string new_version;

  /// \brief Whether only the definition changed, and not the version of the feature.
  bool metadata_only() const { return old_version == new_version; }
};

/// \brief The result of Project::Lock. Lists are ordered by key. Mirrors metaxy's LockFileResult.
struct LockFileResult {
  std::filesystem::path path;
  std::vector<LockedFeatureChange> added = {};
  std::vector<LockedFeatureUpdate> updated = {};
  std::vector<LockedFeatureChange> removed = {};
  int64_t unchanged_count = 0;

  /// \brief Whether any feature was added, updated or removed.
  bool changed() const { return !added.empty() || !updated.empty() || !removed.empty(); }
};

}  // namespace metaxy
