// Project versions recorded in a store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace metaxy {

/// \brief What `metaxy push` did. Mirrors metaxy.PushResult.
struct PushResult {
  std::string project_version;
  bool already_pushed = false;
  /// Features whose definition was recorded again although the project version was known.
  std::vector<std::string> updated_features = {};
};

/// \brief A version of a project that was recorded in a store.
struct GraphSnapshotInfo {
  std::string project_version;
  int64_t recorded_at = 0;  ///< of its first push; microseconds since 1970, UTC
  int64_t feature_count =
      0;  ///< rows recorded under it; a feature that was recorded again counts again
};

}  // namespace metaxy
