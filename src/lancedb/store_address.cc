#include "lancedb/store_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <span>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::internal {
namespace {

using Names = std::span<const std::string_view>;

constexpr auto kS3Endpoint = std::to_array<std::string_view>(
    {"aws_endpoint_url_s3", "aws_endpoint_url", "aws_endpoint", "endpoint_url", "endpoint"});
constexpr auto kAzureEndpoint =
    std::to_array<std::string_view>({"azure_storage_endpoint", "azure_endpoint", "endpoint"});
constexpr auto kAzureAccount =
    std::to_array<std::string_view>({"azure_storage_account_name", "account_name"});
constexpr auto kGoogleEndpoint = std::to_array<std::string_view>({"google_base_url", "base_url"});
constexpr auto kGoogleKey =
    std::to_array<std::string_view>({"google_service_account_key", "service_account_key"});

std::string Upper(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

// The value of an option under the first of its names that is set: in the options, then in the
// environment.
std::optional<std::string> Find(const LanceConnectOptions& options, Names names) {
  for (const std::string_view name : names) {
    for (const auto& [given, value] : options.storage_options)
      if (Upper(given) == Upper(name) && !value.empty()) return value;
  }
  for (const std::string_view name : names) {
    const char* value = std::getenv(Upper(name).c_str());
    if (value != nullptr && *value != '\0') return value;
  }
  return std::nullopt;
}

std::optional<std::string> OfS3(const LanceConnectOptions& options) {
  return Find(options, kS3Endpoint).value_or("https://s3.amazonaws.com");
}

std::optional<std::string> OfAzure(const LanceConnectOptions& options) {
  if (auto endpoint = Find(options, kAzureEndpoint)) return endpoint;
  const auto account = Find(options, kAzureAccount);
  if (!account) return std::nullopt;
  return fmt::format("https://{}.blob.core.windows.net", *account);
}

std::optional<std::string> OfGoogle(const LanceConnectOptions& options) {
  if (auto endpoint = Find(options, kGoogleEndpoint)) return endpoint;
  // A service account key names the server, too, if it is not Google's.
  if (const auto key = Find(options, kGoogleKey)) {
    const auto account = Json::Parse(*key);
    const Json* url = account.ok() ? account->Find("gcs_base_url") : nullptr;
    if (url != nullptr && url->is_string()) return url->as_string();
  }
  return "https://storage.googleapis.com";
}

std::optional<std::string> OfServer(const LanceConnectOptions& options) {
  if (!options.host_override.empty()) return options.host_override;
  const std::string_view name = std::string_view(options.uri).substr(options.uri.find("://") + 3);
  return fmt::format("https://{}.{}.api.lancedb.com", name.substr(0, name.find('/')),
                     options.region.empty() ? "us-east-1" : options.region);
}

struct Scheme {
  std::string_view name;
  std::optional<std::string> (*address)(const LanceConnectOptions& options);
};

constexpr auto kSchemes = std::to_array<Scheme>({
    {"s3", OfS3},
    {"s3+ddb", OfS3},
    {"gs", OfGoogle},
    {"az", OfAzure},
    {"db", OfServer},
});

}  // namespace

std::optional<std::string> StoreAddress(const LanceConnectOptions& options) {
  const size_t end = options.uri.find("://");
  if (end == std::string::npos) return std::nullopt;
  const std::string_view scheme = std::string_view(options.uri).substr(0, end);
  for (const Scheme& known : kSchemes)
    if (known.name == scheme) return known.address(options);
  return std::nullopt;
}

}  // namespace metaxy::internal
