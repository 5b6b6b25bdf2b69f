#include "lancedb/connect_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "lancedb/storage_option_names.h"
#include "lancedb/store_place.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr std::string_view kDatabaseScheme = "db://";
constexpr const char* kApiKeyVariable = "LANCEDB_API_KEY";

std::string_view Scheme(std::string_view uri) {
  const size_t end = uri.find("://");
  return end == std::string_view::npos ? std::string_view() : uri.substr(0, end);
}

arrow::Status WrongType(std::string_view name, std::string_view wanted) {
  return MakeError(ErrorCode::kInvalidConfig, fmt::format("{} must be {}", name, wanted));
}

arrow::Status ReadText(const Json& value, std::string_view name, std::string* out) {
  if (value.is_null()) return arrow::Status::OK();
  if (!value.is_string()) return WrongType(name, "a string");
  *out = value.as_string();
  return arrow::Status::OK();
}

// Options of object stores are strings below; a file may also use numbers and booleans.
arrow::Status ReadStorageOptions(const Json& value, const std::string& place,
                                 LanceConnectOptions* options) {
  if (value.is_null()) return arrow::Status::OK();
  if (!value.is_object()) return WrongType(place, "a table of strings");
  for (const auto& [key, member] : value.as_object()) {
    if (member.is_string()) {
      options->storage_options.emplace_back(key, member.as_string());
    } else if (member.is_bool() || member.is_integer() || member.is_double()) {
      options->storage_options.emplace_back(key, member.DumpCompact());
    } else {
      return WrongType(place + "." + key, "a string, a number or a boolean");
    }
  }
  return arrow::Status::OK();
}

arrow::Status ReadNumber(const Json& value, std::string_view name, std::string_view wanted,
                         double most, double* out) {
  double number = -1;
  if (value.is_double()) number = value.as_double();
  if (value.is_integer()) number = std::strtod(value.as_integer().digits.c_str(), nullptr);
  if (!(number >= 0 && number <= most)) return WrongType(name, wanted);
  *out = number;
  return arrow::Status::OK();
}

arrow::Status ReadSeconds(const Json& value, std::string_view name,
                          std::optional<std::chrono::milliseconds>* out) {
  if (value.is_null()) return arrow::Status::OK();
  double seconds = 0;
  ARROW_RETURN_NOT_OK(ReadNumber(value, name, "a number of seconds, 0 or more", 1e9, &seconds));
  *out = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  return arrow::Status::OK();
}

arrow::Status ReadRetries(const Json& value, std::string_view name, std::optional<int>* out) {
  if (value.is_null()) return arrow::Status::OK();
  double times = 0;
  ARROW_RETURN_NOT_OK(ReadNumber(value, name, "a whole number from 0 to 255", 255, &times));
  if (!value.is_integer()) return WrongType(name, "a whole number from 0 to 255");
  *out = static_cast<int>(times);
  return arrow::Status::OK();
}

arrow::Status ReadBackoff(const Json& value, std::string_view name, std::optional<double>* out) {
  if (value.is_null()) return arrow::Status::OK();
  double seconds = 0;
  ARROW_RETURN_NOT_OK(ReadNumber(value, name, "a number of seconds, 0 or more", 3600, &seconds));
  *out = seconds;
  return arrow::Status::OK();
}

using Options = LanceConnectOptions;

// A member of a table of options: its name, and the function that reads its value. `place` is the
// name with those of the enclosing tables.
struct Option {
  std::string_view name;
  arrow::Status (*read)(const Json& value, const std::string& place, Options* options);
};

arrow::Status ReadTable(const Json& value, const std::string& place,
                        std::span<const Option> known_options, Options* options) {
  if (value.is_null()) return arrow::Status::OK();
  if (!value.is_object()) {
    return MakeError(ErrorCode::kInvalidConfig, fmt::format("{} must be a table", place));
  }
  for (const auto& member : value.as_object()) {
    const std::string& name = member.first;
    const auto known = std::find_if(known_options.begin(), known_options.end(),
                                    [&](const Option& o) { return o.name == name; });
    if (known == known_options.end()) {
      std::vector<std::string_view> names;
      for (const Option& option : known_options) names.push_back(option.name);
      return MakeError(ErrorCode::kInvalidConfig,
                       fmt::format("{} has no option {}; it has: {}", place, Quote(name),
                                   fmt::join(names, ", ")));
    }
    ARROW_RETURN_NOT_OK(known->read(member.second, place + "." + name, options));
  }
  return arrow::Status::OK();
}

template <auto Read, auto Member>
arrow::Status ReadInto(const Json& value, const std::string& place, Options* options) {
  return Read(value, place, &(options->*Member));
}

constexpr auto kRetryOptions = std::to_array<Option>({
    {"retries", ReadInto<ReadRetries, &Options::retries>},
    {"connect_retries", ReadInto<ReadRetries, &Options::connect_retries>},
    {"read_retries", ReadInto<ReadRetries, &Options::read_retries>},
    {"backoff_factor", ReadInto<ReadBackoff, &Options::backoff_factor>},
    {"backoff_jitter", ReadInto<ReadBackoff, &Options::backoff_jitter>},
});

constexpr auto kTimeoutOptions = std::to_array<Option>({
    {"timeout", ReadInto<ReadSeconds, &Options::total_timeout>},
    {"connect_timeout", ReadInto<ReadSeconds, &Options::connect_timeout>},
    {"read_timeout", ReadInto<ReadSeconds, &Options::read_timeout>},
});

constexpr auto kClientOptions = std::to_array<Option>({
    {"retry_config",
     [](const Json& value, const std::string& place, Options* options) {
       return ReadTable(value, place, kRetryOptions, options);
     }},
    {"timeout_config",
     [](const Json& value, const std::string& place, Options* options) {
       return ReadTable(value, place, kTimeoutOptions, options);
     }},
});

constexpr auto kConnectOptions = std::to_array<Option>({
    {"storage_options", ReadStorageOptions},
    {"api_key", ReadInto<ReadText, &Options::api_key>},
    {"region", ReadInto<ReadText, &Options::region>},
    {"host_override", ReadInto<ReadText, &Options::host_override>},
    {"client_config",
     [](const Json& value, const std::string& place, Options* options) {
       return ReadTable(value, place, kClientOptions, options);
     }},
    {"read_consistency_interval", ReadInto<ReadSeconds, &Options::read_consistency_interval>},
});

// An object store has the same settings under its own names. An explicit one takes precedence.
arrow::Status ClientConfigAsStorageOptions(Options* options) {
  if (options->connect_retries || options->read_retries || options->backoff_factor ||
      options->backoff_jitter) {
    return MakeError(
        ErrorCode::kInvalidConfig,
        "object stores support only retries in connect_kwargs.client_config.retry_config; the "
        "other keys are for db:// and http(s)://");
  }
  const auto add = [options](std::string_view name, std::string value) {
    for (const auto& [given, _] : options->storage_options)
      if (given == name) return;
    options->storage_options.emplace_back(name, std::move(value));
  };
  const auto add_time = [&add](std::string_view name,
                               const std::optional<std::chrono::milliseconds>& time) {
    if (time) add(name, fmt::format("{}ms", time->count()));
  };
  if (options->retries) {
    const std::string retries = std::to_string(*options->retries);
    add("client_max_retries", retries);
    // Of requests whose response was incomplete.
    add("download_retry_count", retries);
  }
  add_time("timeout", options->total_timeout);
  add_time("connect_timeout", options->connect_timeout);
  add_time("read_timeout", options->read_timeout);
  return arrow::Status::OK();
}

// A server is db://NAME with its address; http://HOST/NAME is short for it.
arrow::Status ReadServerUri(const std::string& uri, Options* options) {
  const size_t host = uri.find("://") + 3;
  const size_t path = std::min(uri.find('/', host), uri.size());
  if (!options->host_override.empty()) {
    return MakeError(
        ErrorCode::kInvalidConfig,
        fmt::format(
            "uri {} and connect_kwargs.host_override both name the server; use only one of them",
            Quote(DisplayUri(uri))));
  }
  if (uri.find_first_of("@?#", host) != std::string::npos || path == host) {
    return MakeError(ErrorCode::kInvalidConfig,
                     fmt::format("uri {} must be http(s)://HOST[:PORT][/DATABASE]; put a key in "
                                 "connect_kwargs.api_key or {}",
                                 Quote(DisplayUri(uri)), kApiKeyVariable));
  }
  options->host_override = uri.substr(0, path);
  std::string name = path < uri.size() ? uri.substr(path + 1) : "";
  while (!name.empty() && name.back() == '/') name.pop_back();
  options->uri = std::string(kDatabaseScheme) + (name.empty() ? "default" : name);
  return arrow::Status::OK();
}

// LanceDB ignores unknown names: a misspelt key would be missing silently.
arrow::Status CheckStorageOptions(const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto unknown, LanceConnection::UnknownStorageOptions(options));
  if (unknown.empty()) return arrow::Status::OK();
  const std::string_view scheme = Scheme(options.uri);
  const std::vector<std::string> known = StorageOptionNames(scheme);
  const std::string meant = DidYouMean(unknown.front(), known);
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("connect_kwargs.storage_options has no option {} for {}://{} has, "
                               "among others: {}",
                               Quote(unknown.front()), scheme,
                               meant.empty() ? "; it" : meant + " It", fmt::join(known, ", ")));
}

// Files of Lance's first format do not store which numbers and timestamps are null.
arrow::Status CheckStorageVersion(const Options& options) {
  constexpr std::string_view kName = "new_table_data_storage_version";
  for (const auto& [name, value] : options.storage_options) {
    if (name != kName || (value != "legacy" && value != "0.1")) continue;
    return MakeError(ErrorCode::kInvalidConfig,
                     fmt::format("connect_kwargs.storage_options.{} is {}, a format that loses "
                                 "nulls; leave it out, or set 'stable'",
                                 kName, Quote(value)));
  }
  return arrow::Status::OK();
}

// Checked now rather than at the first request, where the underlying libraries fail with their own
// wording.
arrow::Status CheckValues(const Options& options) {
  const arrow::Status status = LanceConnection::CheckOptions(options);
  if (!IsError(status, ErrorCode::kInvalidInput)) return status;
  return MakeError(ErrorCode::kInvalidConfig, status.message());
}

arrow::Status CheckApiKey(const std::string& uri, Options* options) {
  if (options->api_key.empty()) {
    if (const char* key = std::getenv(kApiKeyVariable)) options->api_key = key;
  }
  if (!options->api_key.empty()) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kInvalidConfig,
      fmt::format("uri {} is a LanceDB server, which requires a key; set {} or "
                  "connect_kwargs.api_key (any string, if the server accepts all keys)",
                  Quote(DisplayUri(uri)), kApiKeyVariable));
}

}  // namespace

std::string DisplayUri(const std::string& uri) {
  const std::string_view scheme = Scheme(uri);
  if (scheme.empty() || scheme == "file") return uri;
  const size_t host = scheme.size() + 3;
  const size_t path = std::min(uri.find('/', host), uri.size());
  const size_t at = uri.rfind('@', path);
  std::string shown = uri.substr(0, host);
  shown += at != std::string::npos && at >= host ? "***@" + uri.substr(at + 1) : uri.substr(host);
  return shown.substr(0, shown.find('?'));
}

bool NeedsConditionalWriteProbe(const LanceConnectOptions& options) {
  return Scheme(options.uri) == "s3";
}

arrow::Result<LanceConnectOptions> MakeConnectOptions(const LanceDBOptions& options) {
  if (options.uri.empty()) {
    return MakeError(ErrorCode::kInvalidConfig,
                     "the store's uri is empty; name a directory or an object store");
  }
  LanceConnectOptions result;
  ARROW_ASSIGN_OR_RAISE(result.uri, StorePlace(options.uri));
  ARROW_RETURN_NOT_OK(
      ReadTable(options.connect_kwargs, "connect_kwargs", kConnectOptions, &result));
  ARROW_RETURN_NOT_OK(CheckStorageVersion(result));
  if (LocalDirectory(result.uri)) return result;
  const std::string_view scheme = Scheme(options.uri);
  const bool server = scheme == "http" || scheme == "https";
  if (server) ARROW_RETURN_NOT_OK(ReadServerUri(options.uri, &result));
  if (server || scheme == "db") {
    ARROW_RETURN_NOT_OK(CheckApiKey(options.uri, &result));
    ARROW_RETURN_NOT_OK(CheckValues(result));
  } else if (!scheme.empty()) {
    ARROW_RETURN_NOT_OK(CheckStorageOptions(result));
    ARROW_RETURN_NOT_OK(CheckValues(result));
    ARROW_RETURN_NOT_OK(ClientConfigAsStorageOptions(&result));
  }
  return result;
}

}  // namespace metaxy::internal
