// The configuration value `versioning_engine`.
#pragma once

namespace metaxy {

/// \brief Accepted for the sake of shared configuration files. There is one engine here, and it
/// gives the same results.
enum class VersioningEngine { kAuto, kNative, kPolars };

}  // namespace metaxy
