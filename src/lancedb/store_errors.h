// Error translation: what object stores and LanceDB servers mean by their errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metaxy/errors.h"

namespace metaxy::internal {

/// How a message says that no request has been sent.
inline constexpr std::string_view kNoConnection = "there is no connection to the store";
/// How it says that a name could not be resolved,
inline constexpr std::string_view kNoAddress = "the store's host name has no address";
/// that the store knows the client, but does not permit the request,
inline constexpr std::string_view kForbidden = "these credentials lack the permission";
/// and that requests are refused because of clock skew.
inline constexpr std::string_view kClockDiffers = "this machine's clock differs from the store's";

/// The response is from something else,
inline constexpr std::string_view kNotAStore =
    "the response is not from the store, but from a web page, a proxy or another service";
/// and what to do if a write may have been committed.
inline constexpr std::string_view kReadFirst =
    "the rows may or may not have been written: read before writing them again";

/// \brief The details of a failure from the bridge (mxl_error). Strings are borrowed.
struct StoreAnswer {
  ErrorCode code = ErrorCode::kIo;
  int kind = 0;  ///< MXL_KIND_*.
  int http_status = 0;
  std::string_view doing = {};
  std::string_view host = {};
  std::string_view store_error = {};
  std::string_view region = {};
};

/// \brief A failure of a store on the network, with its own message.
struct StoreFailure {
  ErrorCode code = ErrorCode::kIo;
  bool retryable = false;
  /// One line: the operation, the cause, and the remedy. It contains nothing of the request or the
  /// response except the host and the error code, because both may contain secrets.
  std::string message;
};

/// \brief Describes the failure of a request. `std::nullopt` for anything else, such as a failure
/// on a local file, or an ordinary response, such as a missing table.
std::optional<StoreFailure> RecogniseStoreFailure(const StoreAnswer& answer);

}  // namespace metaxy::internal
