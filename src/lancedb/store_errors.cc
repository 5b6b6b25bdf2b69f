#include "lancedb/store_errors.h"

#include <fmt/format.h>
#include <metaxy_lancedb.h>

#include <algorithm>
#include <array>
#include <string>

namespace metaxy::internal {
namespace {

struct Sign {
  std::string_view name;
  ErrorCode code;
  bool retryable;
  std::string_view reason;
  std::string_view remedy;
};

constexpr std::string_view kExpired = "the credentials have expired";
constexpr std::string_view kRenew =
    "log in again, or set new ones (aws_session_token in connect_kwargs.storage_options or "
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
    "try again, or allow more time (connect_kwargs.client_config.timeout_config)";
constexpr std::string_view kBusy = "the store is overloaded";
constexpr std::string_view kLater = "try again later";
constexpr std::string_view kCut = "the connection was closed";
constexpr std::string_view kAddress =
    "check the address: the uri, host_override or the endpoint in connect_kwargs.storage_options, "
    "the port, and any proxies";

// The error codes of S3, Azure, Google and the credential services.
constexpr auto kSigns = std::to_array<Sign>({
    {"ExpiredToken", ErrorCode::kPermissionDenied, false, kExpired, kRenew},
    {"ExpiredTokenException", ErrorCode::kPermissionDenied, false, kExpired, kRenew},
    {"TokenRefreshRequired", ErrorCode::kPermissionDenied, false, kExpired, kRenew},
    {"RequestTimeTooSkewed", ErrorCode::kPermissionDenied, false, kClockDiffers,
     "set the clock, for example with NTP"},
    {"InvalidAccessKeyId", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"SignatureDoesNotMatch", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"InvalidToken", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"InvalidIdentityToken", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"InvalidClientTokenId", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"AuthenticationFailed", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"AuthorizationFailure", ErrorCode::kPermissionDenied, false, kUnknownKey, kGiveKey},
    {"NoSuchBucket", ErrorCode::kIo, false, kNoBucket, kMakeBucket},
    {"ContainerNotFound", ErrorCode::kIo, false, kNoBucket, kMakeBucket},
    {"PermanentRedirect", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"AuthorizationHeaderMalformed", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"IllegalLocationConstraint", ErrorCode::kIo, false, kOtherRegion, kSetRegion},
    {"AccessDenied", ErrorCode::kPermissionDenied, false, kForbidden, kAllow},
    {"SlowDown", ErrorCode::kNetwork, true, kBusy, kLater},
});

struct KindOfFailure {
  int kind;
  ErrorCode code;
  bool retryable;
  std::string_view reason;
  std::string_view remedy;
};

constexpr auto kKinds = std::to_array<KindOfFailure>({
    {MXL_KIND_NO_ADDRESS, ErrorCode::kNetwork, true, kNoAddress, kReach},
    {MXL_KIND_NO_CONNECTION, ErrorCode::kNetwork, true, kNoConnection, kReach},
    {MXL_KIND_CUT, ErrorCode::kNetwork, true, kCut, kLater},
    {MXL_KIND_SLOW, ErrorCode::kTimeout, true, kSlow, kWait},
    {MXL_KIND_TLS, ErrorCode::kNetwork, false, "the store's certificate is not accepted",
     "check the address, its scheme and port, and the clock (add a private certificate to the "
     "system's list, or set SSL_CERT_FILE to its file)"},
    {MXL_KIND_HTTP_FORBIDDEN, ErrorCode::kIo, false,
     "the store's address uses http://, which is not encrypted",
     "set allow_http = true in connect_kwargs.storage_options, or use https://"},
    {MXL_KIND_NO_CREDENTIALS, ErrorCode::kPermissionDenied, false, "no credentials were found",
     kGiveKey},
    {MXL_KIND_REDIRECT, ErrorCode::kIo, false,
     "the bucket is in another region, or a proxy requires a login", kSetRegion},
    {MXL_KIND_NOT_A_STORE, ErrorCode::kIo, false, kNotAStore, kAddress},
    {MXL_KIND_COMMIT_UNKNOWN, ErrorCode::kCommitStateUnknown, false,
     "the write was abandoned, or its response was lost, and it may have been committed",
     kReadFirst},
    {MXL_KIND_DEADLINE, ErrorCode::kTimeout, true, "the deadline passed before the store answered",
     "allow more time, or find out why it is slow"},
    {MXL_KIND_STOPPED, ErrorCode::kCancelled, false, "cancelled", "run it again to continue"},
    {MXL_KIND_FOREIGN_FILE, ErrorCode::kIo, false,
     "a file in the store has a name that is not UTF-8 or has control characters",
     "rename or delete it"},
    {MXL_KIND_NO_HARD_LINKS, ErrorCode::kIo, false,
     "the store's file system does not support hard links, which commits need",
     "move the store to one that does (vfat and some network file systems do not), or to an object "
     "store"},
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
    {404, ErrorCode::kIo, false, kNotAStore, kAddress},
    {405, ErrorCode::kIo, false, kNotAStore, kAddress},
    {407, ErrorCode::kPermissionDenied, false, "a proxy requires authentication",
     "set its user and password in proxy_url, or exempt this host (NO_PROXY)"},
    {410, ErrorCode::kIo, false, kNotAStore, kAddress},
    {413, ErrorCode::kIo, false, "the server does not accept requests of this size",
     "write fewer rows at a time, or raise the limit of the server or the proxy"},
    {429, ErrorCode::kResourceExhausted, true, kBusy, kLater},
    {500, ErrorCode::kNetwork, true, "the store failed to answer the request", kLater},
    {502, ErrorCode::kNetwork, true, "the store's gateway failed", kLater},
    {503, ErrorCode::kNetwork, true, kBusy, kLater},
    {504, ErrorCode::kTimeout, true, kSlow, kWait},
    {511, ErrorCode::kNetwork, false, "the network requires a login before it forwards requests",
     "log in to it, for example in a browser"},
});

// For responses without an error code of their own.
constexpr HttpStatus kRefused = {0, ErrorCode::kIo, false, "the store refused the request",
                                 "check the uri and the options of the store"};
constexpr HttpStatus kFailed = {0, ErrorCode::kNetwork, true,
                                "the store failed to answer the request", kLater};
constexpr HttpStatus kStrange = {0, ErrorCode::kIo, false, kNotAStore, kAddress};

std::string Describe(std::string_view doing, std::string_view reason, std::string_view detail,
                     std::string_view remedy) {
  std::string text = doing.empty() ? std::string(reason) : fmt::format("{}: {}", doing, reason);
  if (!detail.empty()) text += fmt::format(" ({})", detail);
  return text + "; " + std::string(remedy);
}

// "HTTP 403, Strange of host:port", as far as known.
std::string Http(const StoreAnswer& answer) {
  std::string text = fmt::format("HTTP {}", answer.http_status);
  if (!answer.store_error.empty()) text += fmt::format(", {}", answer.store_error);
  if (!answer.host.empty()) text += fmt::format(" of {}", answer.host);
  return text;
}

bool Known(std::string_view store_error) {
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](const Sign& sign) { return sign.name == store_error; });
}

StoreFailure OfAnswer(const StoreAnswer& answer) {
  for (const Sign& sign : kSigns) {
    if (answer.store_error != sign.name) continue;
    std::string_view detail = sign.code == ErrorCode::kNetwork ? answer.host : sign.name;
    if (sign.reason == kOtherRegion) detail = answer.region;
    return {sign.code, sign.retryable, Describe(answer.doing, sign.reason, detail, sign.remedy)};
  }
  const HttpStatus* known = answer.http_status >= 500   ? &kFailed
                            : answer.http_status >= 400 ? &kRefused
                                                        : &kStrange;
  for (const HttpStatus& status : kStatuses)
    if (status.status == answer.http_status) known = &status;
  return {known->code, known->retryable,
          Describe(answer.doing, known->reason, Http(answer), known->remedy)};
}

// A missing table, or a missing file of one, and conflicts between writers are not failures of the
// store.
bool IsOrdinary(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTableNotFound:
    case ErrorCode::kCorruptTable:
    case ErrorCode::kCommitConflict:
    case ErrorCode::kTableAlreadyExists:
    case ErrorCode::kInvalidInput:
    case ErrorCode::kNotSupported:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<StoreFailure> RecogniseStoreFailure(const StoreAnswer& answer) {
  if (Known(answer.store_error)) return OfAnswer(answer);
  if (answer.kind == MXL_KIND_ANSWER)
    return IsOrdinary(answer.code) ? std::nullopt : std::optional(OfAnswer(answer));
  for (const KindOfFailure& known : kKinds) {
    if (answer.kind != known.kind) continue;
    std::string detail(answer.host);
    if (answer.kind == MXL_KIND_REDIRECT) detail = answer.region;
    if (answer.kind == MXL_KIND_FOREIGN_FILE) detail = answer.store_error;
    if (answer.kind == MXL_KIND_TLS && !answer.store_error.empty())
      detail = fmt::format("{}: {}", answer.host, answer.store_error);
    if (answer.kind == MXL_KIND_NOT_A_STORE && answer.http_status != 0) detail = Http(answer);
    return StoreFailure{known.code, known.retryable,
                        Describe(answer.doing, known.reason, detail, known.remedy)};
  }
  return std::nullopt;
}

}  // namespace metaxy::internal
