#include "lancedb/connect_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "metaxy/errors.h"
#include "quote.h"

namespace metaxy::internal {
namespace {

constexpr std::string_view kDatabaseScheme = "db://";
constexpr const char* kApiKeyVariable = "LANCEDB_API_KEY";

std::string_view Scheme(std::string_view uri) {
  const size_t end = uri.find("://");
  return end == std::string_view::npos ? std::string_view() : uri.substr(0, end);
}

arrow::Status WrongType(std::string_view name, std::string_view wanted) {
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("connect_kwargs.{} must be {}", name, wanted));
}

arrow::Status ReadText(const Json& value, std::string_view name, std::string* out) {
  if (value.is_null()) return arrow::Status::OK();
  if (!value.is_string()) return WrongType(name, "a text");
  *out = value.as_string();
  return arrow::Status::OK();
}

// Options of object stores are texts below; numbers and booleans are welcome in a file.
arrow::Status ReadStorageOptions(const Json& value, LanceConnectOptions* options) {
  if (value.is_null()) return arrow::Status::OK();
  if (!value.is_object()) return WrongType("storage_options", "a table of texts");
  for (const auto& [key, member] : value.as_object()) {
    if (member.is_string()) {
      options->storage_options.emplace_back(key, member.as_string());
    } else if (member.is_bool() || member.is_integer() || member.is_double()) {
      options->storage_options.emplace_back(key, member.DumpCompact());
    } else {
      return WrongType("storage_options." + key, "a text, a number or a boolean");
    }
  }
  return arrow::Status::OK();
}

arrow::Status ReadSeconds(const Json& value, std::string_view name,
                          std::optional<std::chrono::milliseconds>* out) {
  if (value.is_null()) return arrow::Status::OK();
  double seconds = -1;
  if (value.is_double()) seconds = value.as_double();
  if (value.is_integer()) seconds = std::strtod(value.as_integer().digits.c_str(), nullptr);
  constexpr double kLongest = 1e9;
  if (!(seconds >= 0 && seconds <= kLongest))
    return WrongType(name, "a number of seconds, 0 or more");
  *out = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  return arrow::Status::OK();
}

struct Option {
  std::string_view name;
  std::function<arrow::Status(const Json&, LanceConnectOptions*)> read;
};

const std::array<Option, 5>& Options() {
  static const std::array<Option, 5> options = {{
      {"storage_options", ReadStorageOptions},
      {"api_key",
       [](const Json& v, LanceConnectOptions* o) { return ReadText(v, "api_key", &o->api_key); }},
      {"region",
       [](const Json& v, LanceConnectOptions* o) { return ReadText(v, "region", &o->region); }},
      {"host_override",
       [](const Json& v, LanceConnectOptions* o) {
         return ReadText(v, "host_override", &o->host_override);
       }},
      {"read_consistency_interval",
       [](const Json& v, LanceConnectOptions* o) {
         return ReadSeconds(v, "read_consistency_interval", &o->read_consistency_interval);
       }},
  }};
  return options;
}

}  // namespace

std::optional<std::filesystem::path> LocalDirectory(const std::string& uri) {
  constexpr std::string_view kFile = "file://";
  if (uri.rfind(kFile, 0) == 0) return std::filesystem::path(uri.substr(kFile.size()));
  if (!Scheme(uri).empty()) return std::nullopt;
  return std::filesystem::path(uri);
}

std::string DisplayUri(const std::string& uri) {
  const std::string_view scheme = Scheme(uri);
  if (scheme.empty()) return uri;
  const size_t host = scheme.size() + 3;
  const size_t path = std::min(uri.find('/', host), uri.size());
  const size_t at = uri.rfind('@', path);
  std::string shown = uri.substr(0, host);
  shown += at != std::string::npos && at >= host ? "***@" + uri.substr(at + 1) : uri.substr(host);
  return shown.substr(0, shown.find('?'));
}

arrow::Result<LanceConnectOptions> MakeConnectOptions(const LanceDBOptions& options) {
  if (options.uri.empty()) {
    return MakeError(ErrorCode::kInvalidConfig,
                     "the store's uri is empty; name a directory or an object store");
  }
  const std::string_view scheme = Scheme(options.uri);
  if (scheme == "http" || scheme == "https") {
    return MakeError(
        ErrorCode::kNotSupported,
        fmt::format("uri {}: servers are reached as db://NAME with connect_kwargs.host_override",
                    Quote(DisplayUri(options.uri))));
  }
  LanceConnectOptions result;
  result.uri = options.uri;
  if (!options.connect_kwargs.is_object()) {
    return MakeError(ErrorCode::kInvalidConfig, "connect_kwargs must be a table");
  }
  for (const auto& member : options.connect_kwargs.as_object()) {
    const std::string& name = member.first;
    const auto known = std::find_if(Options().begin(), Options().end(),
                                    [&](const Option& o) { return o.name == name; });
    if (known == Options().end()) {
      std::vector<std::string_view> names;
      for (const Option& option : Options()) names.push_back(option.name);
      return MakeError(ErrorCode::kInvalidConfig,
                       fmt::format("connect_kwargs has no option {}; it has: {}", Quote(name),
                                   fmt::join(names, ", ")));
    }
    ARROW_RETURN_NOT_OK(known->read(member.second, &result));
  }
  if (options.uri.rfind(kDatabaseScheme, 0) == 0 && result.api_key.empty()) {
    if (const char* key = std::getenv(kApiKeyVariable)) result.api_key = key;
  }
  return result;
}

}  // namespace metaxy::internal
