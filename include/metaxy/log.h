// Logging. The library never prints; pass a callback to receive log records.
//
//   metaxy::ConfigLoadOptions options;
//   options.on_log = [](const metaxy::LogRecord& record) {
//     std::clog << metaxy::LogSeverityName(record.severity) << ": " << record.message << "\n";
//   };
//   auto project = metaxy::Project::Load(options);  // its stores use the same callback
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "metaxy/export.h"
#include "metaxy/json.h"

namespace metaxy {

enum class LogSeverity {
  kInfo,     ///< Something that was done in addition to the request, or that took more than one
             ///< attempt.
  kWarning,  ///< Something that needs attention; the operation continues, or has succeeded.
};

/// \brief The subject of a record, and the names in its `values`. `error` is the name of an
/// ErrorCode.
enum class LogSubject {
  /// A store of the configuration that is skipped. store
  kConfig,
  /// An entrypoint that is not loaded, a feature that cannot be resolved. entrypoint
  kDefinitions,
  /// A lock file that is missing, that cannot be read, or that lacks the version with which a
  /// feature was pushed. path or feature
  kLockFile,
  /// Version mismatches, and definitions that a store lacks or that cannot be read: each message
  /// once per store. store
  kExternalFeatures,
  /// A feature that is read from a fallback store: once for each. feature, store
  kFallback,
  /// A conflict with other writers, or an external failure, after which the operation is retried.
  /// table, attempt, error
  kRetry,
  /// A table that gains columns or members, or is rewritten with wider types, because rows need it.
  /// table, rewritten
  kSchema,
  /// What maintenance after a write has done or failed to do: a warning, except for conflicts with
  /// writers and for what the caller's deadline or stop token has postponed. table,
  /// fragments_merged, fragments_written, versions_removed, bytes_removed, error
  kMaintenance,
  /// Rows that had to be stamped later than this machine's clock says, to count against those that
  /// are stored, or whose given times are earlier: a warning. table, seconds
  kClock,
  /// Rows that the thread of a BufferedMetadataWriter could not write yet. feature, rows, error
  kBufferedWrite,
  /// How a resolve found its answer; a warning if the delta way gave another one than the full one.
  /// feature, way, reason, keys, rows_read
  kDelta,
  /// A store that its destructor could not close. error
  kClose,
  /// Failures of samples that were written and whose failures could not be cleared. feature, error
  kFailures,
};

/// \brief "info" or "warning".
METAXY_EXPORT std::string_view LogSeverityName(LogSeverity severity);
/// \brief The name in lower case, such as "external_features".
METAXY_EXPORT std::string_view LogSubjectName(LogSubject subject);

struct LogRecord {
  LogSeverity severity = LogSeverity::kInfo;
  LogSubject subject = LogSubject::kConfig;
  /// One human-readable line, without credentials.
  std::string message;
  /// Machine-readable: an object with those names listed at LogSubject that apply.
  Json values = Json::Object{};
};

/// \brief Receives records on the thread on which they occur, before the call that caused them
/// returns; what occurs while another thread is in the function is reported by that thread, once it
/// has returned. So one thread at a time calls it, for a project with all of its stores, and for a
/// store that was made without a project. No lock is held meanwhile: it may wait for other threads.
/// It must not call the library; what it throws is dropped. Without a function nothing is reported.
using LogFunction = std::function<void(const LogRecord&)>;

}  // namespace metaxy
