#include "metaxy/errors.h"

#include <arrow/util/io_util.h>

#include <array>
#include <cerrno>
#include <utility>

namespace metaxy {

namespace {

constexpr const char* kErrorDetailTypeId = "metaxy::ErrorDetail";

struct CodeInfo {
  ErrorCode code;
  std::string_view name;
  arrow::StatusCode arrow_code;
};

// One row per code. The Arrow code is for callers that do not know metaxy's codes.
constexpr std::array kCodes = {
    CodeInfo{ErrorCode::kInvalidInput, "InvalidInput", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kInvalidConfig, "InvalidConfig", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kInvalidDefinition, "InvalidDefinition", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kFilterParse, "FilterParse", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kFeatureNotInGraph, "FeatureNotInGraph", arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kMissingFeatureDependency, "MissingFeatureDependency",
             arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kCycle, "Cycle", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kMetadataSchema, "MetadataSchema", arrow::StatusCode::TypeError},
    CodeInfo{ErrorCode::kHashAlgorithmNotSupported, "HashAlgorithmNotSupported",
             arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kHashAlgorithmMismatch, "HashAlgorithmMismatch",
             arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kVersionMismatch, "VersionMismatch", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kLossyCast, "LossyCast", arrow::StatusCode::TypeError},
    CodeInfo{ErrorCode::kFeatureNotFound, "FeatureNotFound", arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kTableNotFound, "TableNotFound", arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kSystemDataNotFound, "SystemDataNotFound", arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kFieldNotFound, "FieldNotFound", arrow::StatusCode::KeyError},
    CodeInfo{ErrorCode::kStoreNotOpen, "StoreNotOpen", arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kVersioningEngineMismatch, "VersioningEngineMismatch",
             arrow::StatusCode::Invalid},
    CodeInfo{ErrorCode::kTableAlreadyExists, "TableAlreadyExists",
             arrow::StatusCode::AlreadyExists},
    CodeInfo{ErrorCode::kCommitConflict, "CommitConflict", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kCorruptTable, "CorruptTable", arrow::StatusCode::SerializationError},
    CodeInfo{ErrorCode::kPermissionDenied, "PermissionDenied", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kTimeout, "Timeout", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kNetwork, "Network", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kIo, "Io", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kResourceExhausted, "ResourceExhausted", arrow::StatusCode::OutOfMemory},
    CodeInfo{ErrorCode::kNotSupported, "NotSupported", arrow::StatusCode::NotImplemented},
    CodeInfo{ErrorCode::kCancelled, "Cancelled", arrow::StatusCode::Cancelled},
    CodeInfo{ErrorCode::kCommitStateUnknown, "CommitStateUnknown", arrow::StatusCode::IOError},
    CodeInfo{ErrorCode::kInternal, "Internal", arrow::StatusCode::UnknownError},
};

const CodeInfo& InfoOf(ErrorCode code) {
  for (const CodeInfo& info : kCodes) {
    if (info.code == code) return info;
  }
  return kCodes.back();
}

const ErrorDetail* DetailOf(const arrow::Status& status) {
  const std::shared_ptr<arrow::StatusDetail>& detail = status.detail();
  if (detail == nullptr || std::string_view(detail->type_id()) != kErrorDetailTypeId) {
    return nullptr;
  }
  return static_cast<const ErrorDetail*>(detail.get());
}

// The operating system's reason, if Arrow kept it, is more specific than the status code.
ErrorCode CodeOfErrno(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
      return ErrorCode::kResourceExhausted;
    case ETIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) { return InfoOf(code).name; }

const char* ErrorDetail::type_id() const { return kErrorDetailTypeId; }

std::string ErrorDetail::ToString() const {
  return std::string(ErrorCodeName(code_)) + (retryable_ ? " (retryable)" : "");
}

arrow::Status MakeError(ErrorCode code, std::string message, bool retryable) {
  return arrow::Status(InfoOf(code).arrow_code, std::move(message),
                       std::make_shared<ErrorDetail>(code, retryable));
}

ErrorCode GetErrorCode(const arrow::Status& status) {
  if (const ErrorDetail* detail = DetailOf(status)) return detail->code();
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IndexError:
    case arrow::StatusCode::CapacityError:
      return ErrorCode::kInvalidInput;
    case arrow::StatusCode::KeyError:
      return ErrorCode::kFieldNotFound;
    case arrow::StatusCode::TypeError:
      return ErrorCode::kMetadataSchema;
    case arrow::StatusCode::AlreadyExists:
      return ErrorCode::kTableAlreadyExists;
    case arrow::StatusCode::IOError:
      return CodeOfErrno(arrow::internal::ErrnoFromStatus(status));
    case arrow::StatusCode::SerializationError:
      return ErrorCode::kCorruptTable;
    case arrow::StatusCode::OutOfMemory:
      return ErrorCode::kResourceExhausted;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::kNotSupported;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kInternal;
  }
}

bool IsError(const arrow::Status& status, ErrorCode code) {
  return !status.ok() && GetErrorCode(status) == code;
}

bool IsRetryable(const arrow::Status& status) {
  if (status.ok()) return false;
  const ErrorDetail* detail = DetailOf(status);
  return detail != nullptr && detail->retryable();
}

arrow::Status WithContext(const arrow::Status& status, std::string_view context) {
  if (status.ok()) return status;
  return status.WithMessage(std::string(context) + ": " + status.message());
}

}  // namespace metaxy
