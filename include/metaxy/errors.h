// The error vocabulary: arrow::Status with a detail that identifies the kind of failure.
//
// Every fallible function of metaxy returns arrow::Status or arrow::Result. A status created by
// metaxy carries an ErrorCode, named after the exception of the reference (metaxy for Python) if
// there is one, and whether the failure is retryable. The message is one human-readable line: what
// failed, with which value, and what to do.
#pragma once

#include <arrow/status.h>

#include <memory>
#include <string>
#include <string_view>

#include "metaxy/export.h"

namespace metaxy {

/// \brief What kind of failure a status stands for. The numbers are stable.
enum class ErrorCode : int {
  // Invalid user input.
  kInvalidInput = 1,   ///< A bad argument, key, option or file that has none of the codes below.
  kInvalidConfig = 2,  ///< metaxy.toml or a METAXY_* variable; the reference's InvalidConfigError.
  kInvalidDefinition = 3,  ///< A feature definition that breaks the rules of the models.
  kFilterParse = 4,        ///< Invalid filter; the reference's FilterParseError.
  kFeatureNotInGraph = 5,  ///< No feature with this key in the graph.
  kMissingFeatureDependency =
      6,       ///< A dependency is not in the graph; MetaxyMissingFeatureDependency.
  kCycle = 7,  ///< Cyclic dependencies between features.
  kMetadataSchema =
      8,  ///< The written or read frame lacks a column or has a wrong type; MetadataSchemaError.
  kHashAlgorithmNotSupported = 9,
  kHashAlgorithmMismatch = 10,  ///< Stores of one fallback chain use different algorithms.
  kVersionMismatch = 11,        ///< An external feature differs from what the store holds.
  kLossyCast = 12,              ///< A value does not fit the type of the stored column.

  // Something requested does not exist.
  kFeatureNotFound =
      20,  ///< The store (and its fallbacks) have no table of the feature; FeatureNotFoundError.
  kTableNotFound = 21,
  kSystemDataNotFound = 22,  ///< Nothing was pushed yet; SystemDataNotFoundError.
  kFieldNotFound = 23,       ///< FieldNotFoundError.

  // The store is in the wrong state.
  kStoreNotOpen = 30,  ///< Not open, or open for reading only; StoreNotOpenError.
  kVersioningEngineMismatch = 31,
  kTableAlreadyExists = 32,
  kCommitConflict = 33,  ///< Another writer won and retries were exhausted.
  kCorruptTable = 34,    ///< A file of the table is truncated, damaged or missing.

  // External failures.
  kPermissionDenied = 40,
  kTimeout = 41,
  kNetwork = 42,
  kIo = 43,
  kResourceExhausted = 44,  ///< Disk full, memory budget too small.
  kNotSupported = 45,       ///< The storage target does not support this.
  kCancelled = 46,
  /// A write was abandoned, or its response was lost, and it may have been committed: the rows may
  /// or may not exist. Read before you write them again; if ids identify them, writing them again
  /// is harmless, because the latest row of a sample counts.
  kCommitStateUnknown = 47,
  kInternal = 50,  ///< A bug in metaxy or in a dependency.
};

/// \brief The name of a code without its `k`, such as "FeatureNotFound".
METAXY_EXPORT std::string_view ErrorCodeName(ErrorCode code);

/// \brief The detail that every status created by metaxy carries.
class METAXY_EXPORT ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(ErrorCode code, bool retryable) : code_(code), retryable_(retryable) {}

  const char* type_id() const override;
  std::string ToString() const override;

  ErrorCode code() const { return code_; }

  /// \brief Whether the same call may succeed later (a conflict, a timeout), as opposed to a
  /// permanent error.
  bool retryable() const { return retryable_; }

 private:
  ErrorCode code_;
  bool retryable_;
};

/// \brief Creates a status. The arrow::StatusCode is derived from `code` (KeyError for not found,
/// IOError for external failures, ...).
METAXY_EXPORT arrow::Status MakeError(ErrorCode code, std::string message, bool retryable = false);

/// \brief The code of a status: that of its detail, or for a status created by Arrow itself the
/// closest one. `status` must not be OK.
METAXY_EXPORT ErrorCode GetErrorCode(const arrow::Status& status);

/// \brief True if `status` is a failure of kind `code`.
METAXY_EXPORT bool IsError(const arrow::Status& status, ErrorCode code);

/// \brief True if `status` is a retryable failure.
METAXY_EXPORT bool IsRetryable(const arrow::Status& status);

/// \brief The same failure with `context` and ": " prepended to its message; code and retryable are
/// kept. OK stays OK.
METAXY_EXPORT arrow::Status WithContext(const arrow::Status& status, std::string_view context);

}  // namespace metaxy
