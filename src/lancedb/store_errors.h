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
inline constexpr std::string_view kNoAddress = "the store's host has no address";
/// that the store knows who asks, and does not let them,
inline constexpr std::string_view kForbidden = "these credentials may not do this";
/// and that requests are refused for the time that they were sent at.
inline constexpr std::string_view kClockDiffers = "this machine's clock differs from the store's";

/// \brief A failure of a store on the network, in words of its own.
struct StoreFailure {
  ErrorCode code = ErrorCode::kIo;
  bool retryable = false;
  /// One line: what was being done, what is the matter, what to do. Nothing of the request or the
  /// answer is in it but the host and the name of the error, as both can hold secrets.
  std::string message;
};

/// \brief Recognises the failure of a request in what LanceDB says about it. Nothing if `message`
/// does not tell of a request, such as for a file of this machine.
std::optional<StoreFailure> RecogniseStoreFailure(std::string_view message);

}  // namespace metaxy::internal
