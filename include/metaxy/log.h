// What the library has to say beside its results. It prints nothing: whoever wants to hear of it
// gives a function.
//
//   metaxy::ConfigLoadOptions options;
//   options.on_log = [](const metaxy::LogRecord& record) {
//     std::clog << metaxy::LogSeverityName(record.severity) << ": " << record.message << "\n";
//   };
//   auto project = metaxy::Project::Load(options);  // its stores tell the same function
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "metaxy/export.h"
#include "metaxy/json.h"

namespace metaxy {

enum class LogSeverity {
  kInfo,     ///< What was done beside what was asked for, or took more than one attempt.
  kWarning,  ///< What somebody should look at; the operation goes on, or has succeeded.
};

/// \brief What a record is about, and what its `values` name. `error` is the name of an ErrorCode.
enum class LogSubject {
  /// A store of the configuration that is left out. store
  kConfig,
  /// An entrypoint that is not loaded, a feature that cannot be resolved. entrypoint
  kDefinitions,
  /// A lock file that is missing, that cannot be read, or that does not have the version with
  /// which a feature was pushed. path or feature
  kLockFile,
  /// Versions that are not what was expected, definitions that a store lacks, or has and that
  /// cannot be read: each text once per store. store
  kExternalFeatures,
  /// A feature that a fallback store answers for: once for each. feature, store
  kFallback,
  /// Something that other writers, or the outside, got in the way of, and that is tried again.
  /// table, attempt, error
  kRetry,
  /// A table that is given columns or members, or is written anew with wider types, because rows
  /// need it. table, rewritten
  kSchema,
  /// What was done to a table after a write, or could not be done: a warning, but for writers that
  /// came first and for what the caller's deadline or stop token has put off. table,
  /// fragments_merged, fragments_written, versions_removed, bytes_removed, error
  kMaintenance,
  /// Rows that had to be stamped later than this machine's clock says, to count against those that
  /// are stored, or whose given times are earlier: a warning. table, seconds
  kClock,
  /// Rows that the thread of a BufferedMetadataWriter could not write yet. feature, rows, error
  kBufferedWrite,
  /// A store that could not be closed by its destructor. error
  kClose,
};

/// \brief "info" or "warning".
METAXY_EXPORT std::string_view LogSeverityName(LogSeverity severity);
/// \brief The name in small letters, such as "external_features".
METAXY_EXPORT std::string_view LogSubjectName(LogSubject subject);

struct LogRecord {
  LogSeverity severity = LogSeverity::kInfo;
  LogSubject subject = LogSubject::kConfig;
  /// One line for people, without credentials.
  std::string message;
  /// For programs: an object of the names that LogSubject lists, as far as they apply.
  Json values = Json::Object{};
};

/// \brief Hears of records on the thread on which they come up, before the call that caused them
/// returns; what comes up while another thread is in the function is told by that thread, when it
/// has returned. So one thread at a time calls it, for a project with all of its stores, and for a
/// store that was made without a project. No lock is held meanwhile: it may wait for other threads.
/// It must not call the library; what it throws is dropped. Without a function nothing is told to
/// anybody.
using LogFunction = std::function<void(const LogRecord&)>;

}  // namespace metaxy
