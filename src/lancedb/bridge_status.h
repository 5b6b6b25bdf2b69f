// Failures of the bridge as arrow::Status, and helpers for callers of its C functions.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lancedb/bridge_library.h"

namespace metaxy::internal {

/// \brief Receives the failure of one C call.
class BridgeFailure {
 public:
  BridgeFailure() = default;
  ~BridgeFailure();
  BridgeFailure(const BridgeFailure&) = delete;
  BridgeFailure& operator=(const BridgeFailure&) = delete;

  /// \brief The last argument of the call.
  mxl_error* out() { return &error_; }

  /// \brief Whether the call was abandoned because of a deadline or a stop request.
  bool WasLeft() const;

  /// \brief The result of the call: OK, or a status with the ErrorCode of `status`.
  arrow::Status ToStatus(mxl_status status) const;

 private:
  mxl_error error_{};
};

/// \brief Passes the limits of this thread (InterruptScope) down to the calls within its scope.
class BridgeLimits {
 public:
  BridgeLimits();
  ~BridgeLimits();
  BridgeLimits(const BridgeLimits&) = delete;
  BridgeLimits& operator=(const BridgeLimits&) = delete;

 private:
  bool set_;
};

/// \brief Calls `function(arguments..., error)` and returns its result.
template <typename Function, typename... Arguments>
arrow::Status CallBridge(Function function, Arguments... arguments) {
  BridgeFailure failure;
  const BridgeLimits limits;
  return failure.ToStatus(function(arguments..., failure.out()));
}

/// \brief As CallBridge, for calls that change a table in one request or commit: one that is
/// abandoned because of this thread's limits may have taken effect.
template <typename Function, typename... Arguments>
arrow::Status ChangeByBridge(Function function, Arguments... arguments) {
  BridgeFailure failure;
  const BridgeLimits limits;
  const mxl_status status = function(arguments..., failure.out());
  return failure.ToStatus(failure.WasLeft() ? MXL_COMMIT_UNKNOWN : status);
}

inline mxl_string ToBridge(std::string_view text) { return {text.data(), text.size()}; }

/// \brief Lends each string; valid as long as `texts` is.
std::vector<mxl_string> ToBridge(const std::vector<std::string>& texts);

/// \brief A count or size for the bridge, whose numbers are unsigned. InvalidInput if `value` is
/// negative.
arrow::Result<uint64_t> ToBridge(int64_t value, std::string_view name);

/// \brief As above, for 32 bits.
arrow::Result<uint32_t> ToBridge(int value, std::string_view name);

inline std::string FromBridge(mxl_string text) { return {text.ptr, text.len}; }

}  // namespace metaxy::internal
