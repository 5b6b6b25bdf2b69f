// The configuration value `versioning_engine`.
#pragma once

namespace metaxy {

/// \brief Accepted for compatibility with shared configuration files; all three mean the same. The
/// reference's native engine for LanceDB is its Polars engine, and rows of any kind are converted
/// for it, so that it never reports a VersioningEngineMismatch for a LanceDB store either.
enum class VersioningEngine { kAuto, kNative, kPolars };

}  // namespace metaxy
