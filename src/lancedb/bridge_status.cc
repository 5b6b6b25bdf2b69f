#include "lancedb/bridge_status.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/interrupt.h"
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
    case MXL_COMMIT_UNKNOWN:
      return ErrorCode::kCommitStateUnknown;
    case MXL_CANCELLED:
      return ErrorCode::kCancelled;
    case MXL_PANIC:
    case MXL_INTERNAL:
    default:
      return ErrorCode::kInternal;
  }
}

// Remedies for external failures, whose messages say what failed and why.
std::string_view RemedyFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kResourceExhausted:
      return "free up resources (disk, quota, memory, open files) and try again";
    case ErrorCode::kPermissionDenied:
      return "check the permissions of the store's files, or its credentials";
    case ErrorCode::kCorruptTable:
      return "`metaxy doctor` finds what can be repaired; otherwise restore the table's directory "
             "from a backup, or drop the table and recompute the feature";
    default:
      return "";
  }
}

}  // namespace

BridgeFailure::~BridgeFailure() {
  if (error_.release != nullptr) error_.release(&error_);
}

bool BridgeFailure::WasLeft() const {
  return error_.kind == MXL_KIND_DEADLINE || error_.kind == MXL_KIND_STOPPED;
}

BridgeLimits::BridgeLimits() : set_(InterruptScope::Current().IsLimited()) {
  if (!set_) return;
  const Interrupt& interrupt = InterruptScope::Current();
  mxl_call_limits limits{};
  limits.struct_size = sizeof(limits);
  limits.time_ms = -1;
  if (interrupt.deadline()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        *interrupt.deadline() - std::chrono::steady_clock::now());
    limits.time_ms = std::max<int64_t>(0, left.count());
  }
  limits.should_stop = [](void* context) -> int32_t {
    return static_cast<const Interrupt*>(context)->IsStopRequested() ? 1 : 0;
  };
  limits.context = const_cast<Interrupt*>(&interrupt);
  mxl_set_call_limits(&limits);
}

BridgeLimits::~BridgeLimits() {
  if (set_) mxl_set_call_limits(nullptr);
}

arrow::Status BridgeFailure::ToStatus(mxl_status status) const {
  if (status == MXL_OK) return arrow::Status::OK();
  std::string message =
      error_.message != nullptr ? error_.message : "LanceDB failed without an error message";
  const ErrorCode code = CodeOf(status);
  const auto text = [](const char* field) {
    return field != nullptr ? std::string_view(field) : std::string_view();
  };
  const StoreAnswer answer{
      .code = code,
      .kind = code == ErrorCode::kCommitStateUnknown ? MXL_KIND_COMMIT_UNKNOWN : error_.kind,
      .http_status = error_.http_status,
      .doing = text(error_.doing),
      .host = text(error_.host),
      .store_error = text(error_.store_error),
      .region = text(error_.region)};
  // Such as a missing bucket, which is not a missing table.
  if (const auto failure = RecogniseStoreFailure(answer))
    return MakeError(failure->code, failure->message, failure->retryable);
  if (const std::string_view remedy = RemedyFor(code); !remedy.empty())
    message.append("; ").append(remedy);
  return MakeError(code, std::move(message), error_.retryable != 0);
}

arrow::Result<uint64_t> ToBridge(int64_t value, std::string_view name) {
  if (value < 0) {
    return MakeError(ErrorCode::kInvalidInput, std::string(name) + " is " + std::to_string(value) +
                                                   "; use zero or a positive number");
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
