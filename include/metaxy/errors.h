// The error vocabulary: arrow::Status with a detail that says what kind of failure it is.
//
// Every fallible function of metaxy returns arrow::Status or arrow::Result. A status made by metaxy
// carries an ErrorCode, named after the exception of the reference (metaxy for Python) where it has
// one, and whether trying again can help. The message is one line for a person: what failed, with
// which value, and what to do.
#pragma once

#include <arrow/status.h>

#include <memory>
#include <string>
#include <string_view>

#include "metaxy/export.h"

namespace metaxy {

/// \brief What kind of failure a status stands for. The numbers are stable.
enum class ErrorCode : int {
  // What the user gave is wrong.
  kInvalidInput = 1,   ///< A bad argument, key, option or file that fits none of the codes below.
  kInvalidConfig = 2,  ///< metaxy.toml or a METAXY_* variable; the reference's InvalidConfigError.
  kInvalidDefinition = 3,  ///< A feature definition that breaks the rules of the models.
  kFilterParse = 4,        ///< Text that is no filter; the reference's FilterParseError.
  kFeatureNotInGraph = 5,  ///< No feature with this key in the graph.
  kMissingFeatureDependency =
      6,       ///< A dependency is not in the graph; MetaxyMissingFeatureDependency.
  kCycle = 7,  ///< Features depend on each other in a circle.
  kMetadataSchema =
      8,  ///< The written or read frame lacks a column or has a wrong type; MetadataSchemaError.
  kHashAlgorithmNotSupported = 9,
  kHashAlgorithmMismatch = 10,  ///< Stores of one fallback chain use different algorithms.
  kVersionMismatch = 11,        ///< An external feature differs from what the store holds.
  kLossyCast = 12,              ///< A value does not fit the type of the stored column.

  // What is asked for does not exist.
  kFeatureNotFound =
      20,  ///< The store (and its fallbacks) have no table of the feature; FeatureNotFoundError.
  kTableNotFound = 21,
  kSystemDataNotFound = 22,  ///< Nothing was pushed yet; SystemDataNotFoundError.
  kFieldNotFound = 23,       ///< FieldNotFoundError.

  // The store is not in the state for it.
  kStoreNotOpen = 30,  ///< Not open, or open for reading only; StoreNotOpenError.
  kVersioningEngineMismatch = 31,
  kTableAlreadyExists = 32,
  kCommitConflict = 33,  ///< Another writer won and retries did not help.
  kCorruptTable = 34,    ///< A file of the table is truncated, damaged or gone.

  // The outside failed.
  kPermissionDenied = 40,
  kTimeout = 41,
  kNetwork = 42,
  kIo = 43,
  kResourceExhausted = 44,  ///< Disk full, memory budget too small.
  kNotSupported = 45,       ///< The target of the store cannot do this.
  kCancelled = 46,
  /// A write was left, or its answer was lost, when it may have been committed: the rows are there
  /// or
  /// not. Read before you write them again; where ids decide, writing them again does no harm, as
  /// the
  /// latest row of a sample counts.
  kCommitStateUnknown = 47,
  kInternal = 50,  ///< A defect in metaxy or below it.
};

/// \brief The name of a code without its `k`, such as "FeatureNotFound".
METAXY_EXPORT std::string_view ErrorCodeName(ErrorCode code);

/// \brief The detail that every status made by metaxy carries.
class METAXY_EXPORT ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(ErrorCode code, bool retryable) : code_(code), retryable_(retryable) {}

  const char* type_id() const override;
  std::string ToString() const override;

  ErrorCode code() const { return code_; }

  /// \brief Whether the same call may succeed later (a conflict, a timeout), as opposed to a
  /// mistake that stays one.
  bool retryable() const { return retryable_; }

 private:
  ErrorCode code_;
  bool retryable_;
};

/// \brief Makes a status. The arrow::StatusCode follows from `code` (KeyError for what is not
/// found, IOError for what the outside did, ...).
METAXY_EXPORT arrow::Status MakeError(ErrorCode code, std::string message, bool retryable = false);

/// \brief The code of a status: that of its detail, or for a status made by Arrow itself the
/// nearest one. `status` must not be OK.
METAXY_EXPORT ErrorCode GetErrorCode(const arrow::Status& status);

/// \brief True if `status` is a failure of kind `code`.
METAXY_EXPORT bool IsError(const arrow::Status& status, ErrorCode code);

/// \brief True if `status` is a failure for which trying again can help.
METAXY_EXPORT bool IsRetryable(const arrow::Status& status);

/// \brief The same failure with `context` and ": " before its message; code and retryable stay. OK
/// stays OK.
METAXY_EXPORT arrow::Status WithContext(const arrow::Status& status, std::string_view context);

}  // namespace metaxy
