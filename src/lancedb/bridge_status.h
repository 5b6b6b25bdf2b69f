// Failures of the bridge as arrow::Status, and small things that all callers of its C functions
// need.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <metaxy_lancedb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

  /// \brief Whether the call was left because its time was up or somebody stopped it.
  bool WasLeft() const;

  /// \brief What the call came to: OK, or a status with the ErrorCode that `status` stands for.
  arrow::Status ToStatus(mxl_status status) const;

 private:
  mxl_error error_{};
};

/// \brief Hands the limits of this thread (InterruptScope) down to the calls that it lives around.
class BridgeLimits {
 public:
  BridgeLimits();
  ~BridgeLimits();
  BridgeLimits(const BridgeLimits&) = delete;
  BridgeLimits& operator=(const BridgeLimits&) = delete;

 private:
  bool set_;
};

/// \brief Calls `function(arguments..., error)` and gives its outcome.
template <typename Function, typename... Arguments>
arrow::Status CallBridge(Function function, Arguments... arguments) {
  BridgeFailure failure;
  const BridgeLimits limits;
  return failure.ToStatus(function(arguments..., failure.out()));
}

/// \brief As CallBridge, for what changes a table in one request or commit: one that is left by the
/// limits of this thread may have been done.
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

/// \brief A count or size for the bridge, whose numbers have no sign. InvalidInput if `value` is
/// negative.
arrow::Result<uint64_t> ToBridge(int64_t value, std::string_view name);

/// \brief As above, for 32 bits.
arrow::Result<uint32_t> ToBridge(int value, std::string_view name);

inline std::string FromBridge(mxl_string text) { return {text.ptr, text.len}; }

}  // namespace metaxy::internal
