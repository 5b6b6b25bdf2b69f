#include "lancedb/store_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace metaxy::internal {
namespace {

// How the libraries below begin to tell of a request. What stands before is ours, and can hold a
// user's text.
constexpr std::array<std::string_view, 10> kRequests = {
    "Error performing ",     "RetryErrorImpl",
    "Http error: ",          "Http {",
    "Hit retry limit",       "Retry {",
    "error sending request", "Failed to get AWS credentials",
    "no providers in chain", "HttpError {",
};

// What lance says when the answer to a commit did not arrive.
constexpr std::string_view kUnknownCommit = "the commit may or may not have been applied";

struct Sign {
  std::string_view text;
  ErrorCode code;
  bool retryable;
  std::string_view reason;
  std::string_view remedy;
};

constexpr std::string_view kExpired = "the credentials have expired";
constexpr std::string_view kRenew =
    "log in again, or give new ones (aws_session_token in connect_kwargs.storage_options or "
    "AWS_SESSION_TOKEN)";
constexpr std::string_view kUnknownKey = "the store does not accept the access key";
constexpr std::string_view kGiveKey =
    "correct the key and its secret in connect_kwargs.storage_options, the environment or the "
    "profile";
constexpr std::string_view kNoBucket = "the bucket or container does not exist";
constexpr std::string_view kMakeBucket = "create it, or correct the store's uri";
constexpr std::string_view kOtherRegion = "the bucket is in another region";
constexpr std::string_view kSetRegion =
    "set aws_region in connect_kwargs.storage_options, or AWS_REGION";
constexpr std::string_view kAllow = "let them list, read and write below the store's uri";
constexpr std::string_view kReach =
    "check the network, the proxy and the address (host_override, or the endpoint in "
    "connect_kwargs.storage_options)";
constexpr std::string_view kSlow = "the store did not answer in time";
constexpr std::string_view kWait =
    "try again, or give more time (connect_kwargs.client_config.timeout_config)";
constexpr std::string_view kBusy = "the store is overloaded";
constexpr std::string_view kLater = "try again later";

// The names of the errors of S3, Azure and Google, and what stands in for one. The first that is
// found counts, so what is narrower comes first.
constexpr auto kSigns = std::to_array<Sign>({
    {"ExpiredToken", ErrorCode::kPermissionDenied, false, kExpired, kRenew},
    {"TokenRefreshRequired", ErrorCode::kPermissionDenied, false, kExpired, kRenew},
    {"RequestTimeTooSkewed", ErrorCode::kPermissionDenied, false, kClockDiffers,
     "set the clock, such as by NTP"},
    {"InvalidAccessKeyId", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"SignatureDoesNotMatch", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"InvalidToken", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"InvalidClientTokenId", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"AuthenticationFailed", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"AuthorizationFailure", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"NoSuchBucket", ErrorCode::kIo, false, kNoBucket, kMakeBucket},
    {"ContainerNotFound", ErrorCode::kIo, false, kNoBucket, kMakeBucket},
    {"PermanentRedirect", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"AuthorizationHeaderMalformed", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"IllegalLocationConstraint", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"BareRedirect", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"redirect without LOCATION", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"AccessDenied", ErrorCode::kPermissionDenied, false, kForbidden, kAllow},
    {"SlowDown", ErrorCode::kNetwork, true, kBusy, kLater},
    {"Failed to get AWS credentials", ErrorCode::kPermissionDenied, false,
     "no credentials were found", kGiveKey},
    {"no providers in chain", ErrorCode::kPermissionDenied, false, "no credentials were found",
     kGiveKey},
    {"dns error", ErrorCode::kNetwork, true, kNoAddress, kReach},
    {"failed to lookup address", ErrorCode::kNetwork, true, kNoAddress, kReach},
    {"timed out", ErrorCode::kTimeout, true, kSlow, kWait},
    {"TimedOut", ErrorCode::kTimeout, true, kSlow, kWait},
    {"kind: Timeout", ErrorCode::kTimeout, true, kSlow, kWait},
    {"kind: Connect", ErrorCode::kNetwork, true, kNoConnection, kReach},
    {"onnection refused", ErrorCode::kNetwork, true, kNoConnection, kReach},
    {"connect error", ErrorCode::kNetwork, true, kNoConnection, kReach},
    {"onnection reset", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"connection closed", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"error decoding response body", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"error reading a body", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"response body error", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"error sending request", ErrorCode::kNetwork, true, kNoConnection, kReach},
    {"kind: Request", ErrorCode::kNetwork, true, "the connection was cut", kLater},
    {"kind: Interrupted", ErrorCode::kNetwork, true, "the connection was cut", kLater},
});

struct HttpStatus {
  int status;
  ErrorCode code;
  bool retryable;
  std::string_view reason;
  std::string_view remedy;
};

constexpr auto kStatuses = std::to_array<HttpStatus>({
    {301, ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {401, ErrorCode::kPermissionDenied, false, "the store does not accept the credentials",
     "correct api_key in connect_kwargs or LANCEDB_API_KEY, or the keys in storage_options"},
    {403, ErrorCode::kPermissionDenied, false, kForbidden, kAllow},
    {408, ErrorCode::kTimeout, true, kSlow, kWait},
    {429, ErrorCode::kResourceExhausted, true, kBusy, kLater},
    {500, ErrorCode::kNetwork, true, "the store failed to answer the request", kLater},
    {502, ErrorCode::kNetwork, true, "the store's gateway failed", kLater},
    {503, ErrorCode::kNetwork, true, kBusy, kLater},
    {504, ErrorCode::kTimeout, true, kSlow, kWait},
});

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The number after what the libraries write before an answer's status, or 0.
int StatusIn(std::string_view text) {
  for (const std::string_view label :
       {"status: ", "status code: ", "status_code: Some(", "): ", ") "}) {
    for (size_t at = text.find(label); at != std::string_view::npos;
         at = text.find(label, at + 1)) {
      int status = 0;
      for (const char digit : text.substr(at + label.size(), 3))
        status = digit >= '0' && digit <= '9' ? status * 10 + (digit - '0') : -1000;
      if (status >= 100) return status;
    }
  }
  return 0;
}

// Host and port of the first URL, without a user's name.
std::string HostIn(std::string_view text) {
  size_t begin = text.find("://");
  if (begin == std::string_view::npos) return "";
  begin += 3;
  const size_t end = std::min(text.find_first_of("/?)\"'\\ ,", begin), text.size());
  const std::string_view authority = text.substr(begin, end - begin);
  const size_t at = authority.rfind('@');
  return std::string(at == std::string_view::npos ? authority : authority.substr(at + 1));
}

// The region that S3 says the bucket is in, or nothing.
std::string RegionIn(std::string_view text) {
  for (const auto& [before, after] : std::to_array<std::pair<std::string_view, std::string_view>>(
           {{"<Region>", "</Region>"}, {"expecting '", "'"}})) {
    const size_t at = text.find(before);
    if (at == std::string_view::npos) continue;
    const size_t begin = at + before.size();
    const size_t end = text.find(after, begin);
    if (end != std::string_view::npos) return std::string(text.substr(begin, end - begin));
  }
  return "";
}

// What was being done: our own words before those of the libraries.
std::string_view Doing(std::string_view message, size_t request) {
  const std::string_view ours = message.substr(0, request);
  return ours.substr(0, std::min(ours.find(": "), ours.size()));
}

std::string Describe(std::string_view doing, std::string_view reason, std::string_view detail,
                     std::string_view remedy) {
  std::string text = doing.empty() ? std::string(reason) : fmt::format("{}: {}", doing, reason);
  if (!detail.empty()) text += fmt::format(" ({})", detail);
  return text + "; " + std::string(remedy);
}

}  // namespace

std::optional<StoreFailure> RecogniseStoreFailure(std::string_view message) {
  size_t request = std::string_view::npos;
  for (const std::string_view beginning : kRequests)
    request = std::min(request, message.find(beginning));
  if (request == std::string_view::npos) return std::nullopt;
  const std::string_view told = message.substr(request);
  const std::string_view doing = Doing(message, request);
  if (Contains(message, kUnknownCommit)) {
    return StoreFailure{ErrorCode::kIo, false,
                        Describe(doing, "the connection failed while the rows were committed", "",
                                 "they may be there or not: read before writing them again")};
  }
  const int status = StatusIn(told);
  const std::string host = HostIn(told);
  for (const Sign& sign : kSigns) {
    if (!Contains(told, sign.text)) continue;
    std::string detail = sign.code == ErrorCode::kNetwork || sign.code == ErrorCode::kTimeout
                             ? host
                             : std::string(sign.text);
    if (sign.reason == kOtherRegion) detail = RegionIn(told);
    return StoreFailure{sign.code, sign.retryable,
                        Describe(doing, sign.reason, detail, sign.remedy)};
  }
  for (const HttpStatus& known : kStatuses) {
    if (known.status != status) continue;
    return StoreFailure{
        known.code, known.retryable,
        Describe(doing, known.reason, fmt::format("HTTP {} of {}", status, host), known.remedy)};
  }
  return std::nullopt;
}

}  // namespace metaxy::internal
