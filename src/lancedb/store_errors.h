// What object stores and LanceDB servers mean by their errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metaxy/errors.h"

namespace metaxy::internal {

/// How a message says that no request has been sent.
inline constexpr std::string_view kNoConnection = "there is no connection to the store";
/// How it says that a name could not be looked up,
inline constexpr std::string_view kNoAddress = "the store's host name has no address";
/// that the store knows who asks, and does not let them,
inline constexpr std::string_view kForbidden = "these credentials lack the permission";
/// and that requests are refused for the time that they were sent at.
inline constexpr std::string_view kClockDiffers = "this machine's clock differs from the store's";

/// What answers is something else,
inline constexpr std::string_view kNotAStore =
    "the response is not from the store, but from a web page, a proxy or another service";
/// and what to do if a write may have been committed.
inline constexpr std::string_view kReadFirst =
    "the rows may or may not have been written: read before writing them again";

/// \brief What the bridge tells of a failure (mxl_error). Texts are lent.
struct StoreAnswer {
  ErrorCode code = ErrorCode::kIo;
  int kind = 0;  ///< MXL_KIND_*.
  int http_status = 0;
  std::string_view doing = {};
  std::string_view host = {};
  std::string_view store_error = {};
  std::string_view region = {};
};

/// \brief A failure of a store on the network, in words of its own.
struct StoreFailure {
  ErrorCode code = ErrorCode::kIo;
  bool retryable = false;
  /// One line: what was being done, what is the matter, what to do. Nothing of the request or the
  /// answer is in it but the host and the name of the error, as both can hold secrets.
  std::string message;
};

/// \brief Says the failure of a request in words. Nothing if it is none, such as of a file of this
/// machine, or an ordinary answer, such as that there is no such table.
std::optional<StoreFailure> RecogniseStoreFailure(const StoreAnswer& answer);

}  // namespace metaxy::internal
