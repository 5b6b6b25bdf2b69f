// How metaxy.lock is written, and what that has changed.
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

/// \brief How Project::Lock works.
struct METAXY_EXPORT LockOptions {
  /// The file to write; that of the configuration if absent.
  std::optional<std::filesystem::path> output = std::nullopt;
  /// Only say what would change.
  bool dry_run = false;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief A feature that a lock file has gained or lost. Mirrors metaxy's FeatureChange.
struct LockedFeatureChange {
  std::string project;
  std::string key;
  std::string version;
};

/// \brief A feature whose definition is another one than before. Mirrors metaxy's FeatureUpdate.
struct LockedFeatureUpdate {
  std::string project;
  std::string key;
  std::string old_version;
  std::string new_version;

  /// \brief Whether only the definition changed, and no version of the feature with it.
  bool metadata_only() const { return old_version == new_version; }
};

/// \brief The outcome of Project::Lock. Lists are ordered by key. Mirrors metaxy's LockFileResult.
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
