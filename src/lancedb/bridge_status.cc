#include "lancedb/bridge_status.h"

#include <utility>

#include "lancedb/store_errors.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

ErrorCode CodeOf(mxl_status status) {
  switch (status) {
    case MXL_INVALID_INPUT:
      return ErrorCode::kInvalidInput;
    case MXL_NOT_FOUND:
      return ErrorCode::kTableNotFound;
    case MXL_ALREADY_EXISTS:
      return ErrorCode::kTableAlreadyExists;
    case MXL_COMMIT_CONFLICT:
      return ErrorCode::kCommitConflict;
    case MXL_PERMISSION:
      return ErrorCode::kPermissionDenied;
    case MXL_TIMEOUT:
      return ErrorCode::kTimeout;
    case MXL_NETWORK:
      return ErrorCode::kNetwork;
    case MXL_NOT_SUPPORTED:
      return ErrorCode::kNotSupported;
    case MXL_SCHEMA_MISMATCH:
      return ErrorCode::kMetadataSchema;
    case MXL_CORRUPT:
      return ErrorCode::kCorruptTable;
    case MXL_IO:
      return ErrorCode::kIo;
    case MXL_RESOURCE_EXHAUSTED:
      return ErrorCode::kResourceExhausted;
    case MXL_PANIC:
    case MXL_INTERNAL:
    default:
      return ErrorCode::kInternal;
  }
}

// What to do about failures of the outside, whose messages say what failed and why.
std::string_view RemedyFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kResourceExhausted:
      return "make room (disk, quota, memory, open files) and try again";
    case ErrorCode::kPermissionDenied:
      return "check the permissions of the store's files, or its credentials";
    case ErrorCode::kCorruptTable:
      return "`metaxy doctor` finds what can be saved; else restore the table's directory from a "
             "copy, or drop the table and compute the feature again";
    default:
      return "";
  }
}

}  // namespace

BridgeFailure::~BridgeFailure() {
  if (error_.release != nullptr) error_.release(&error_);
}

arrow::Status BridgeFailure::ToStatus(mxl_status status) const {
  if (status == MXL_OK) return arrow::Status::OK();
  std::string message =
      error_.message != nullptr ? error_.message : "LanceDB failed and does not say why";
  const ErrorCode code = CodeOf(status);
  // Such as a bucket that is not there, which is no table that is not there.
  if (const auto failure = RecogniseStoreFailure(message))
    return MakeError(failure->code, failure->message, failure->retryable);
  if (const std::string_view remedy = RemedyFor(code); !remedy.empty())
    message.append("; ").append(remedy);
  return MakeError(code, std::move(message), error_.retryable != 0);
}

arrow::Result<uint64_t> ToBridge(int64_t value, std::string_view name) {
  if (value < 0) {
    return MakeError(ErrorCode::kInvalidInput, std::string(name) + " is " + std::to_string(value) +
                                                   "; give zero or a positive number");
  }
  return static_cast<uint64_t>(value);
}

arrow::Result<uint32_t> ToBridge(int value, std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(uint64_t number, ToBridge(int64_t{value}, name));
  return static_cast<uint32_t>(number);
}

std::vector<mxl_string> ToBridge(const std::vector<std::string>& texts) {
  std::vector<mxl_string> strings;
  strings.reserve(texts.size());
  for (const std::string& text : texts) strings.push_back(ToBridge(std::string_view(text)));
  return strings;
}

}  // namespace metaxy::internal
