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

  /// \brief What the call came to: OK, or a status with the ErrorCode that `status` stands for.
  arrow::Status ToStatus(mxl_status status) const;

 private:
  mxl_error error_{};
};

/// \brief Calls `function(arguments..., error)` and gives its outcome.
template <typename Function, typename... Arguments>
arrow::Status CallBridge(Function function, Arguments... arguments) {
  BridgeFailure failure;
  return failure.ToStatus(function(arguments..., failure.out()));
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
