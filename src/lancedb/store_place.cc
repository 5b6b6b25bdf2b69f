#include "lancedb/store_place.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr std::string_view kFile = "file://";

arrow::Status WrongUri(const std::string& uri, std::string_view why) {
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("the store's uri {} {}; write the path itself, or file:///PATH",
                               Quote(uri), why));
}

// The path of a file:// uri.
arrow::Result<std::string> PathOfFile(const std::string& uri) {
  const std::string rest = uri.substr(kFile.size());
  const std::string host = rest.substr(0, rest.find('/'));
  const std::string path = rest.substr(host.size());
  if (host.empty() && !path.empty()) return path;
  // As in the Python client: no host, but a home directory.
  if (host.starts_with('~')) return rest;
  if (host == "localhost" && !path.empty()) return path;
  if (path.empty()) return WrongUri(uri, "names no directory");
  return WrongUri(uri, fmt::format("names the host {}, but a store's directory is on this machine",
                                   Quote(host)));
}

std::optional<std::string> HomeOf(const std::string& user) {
  if (user.empty()) {
    const char* home = std::getenv("HOME");
    if (home != nullptr && *home != '\0') return home;
  }
  std::vector<char> buffer(size_t{1} << 14);
  passwd entry{};
  passwd* found = nullptr;
  const int failed = user.empty()
                         ? ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found)
                         : ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0 || found == nullptr) return std::nullopt;
  return found->pw_dir;
}

// A `~` is special as the first part of a path, also after "./", as in Python.
arrow::Result<std::string> WithHome(const std::string& uri, const std::string& path) {
  std::string_view relative = path;
  while (relative.starts_with("./")) {
    relative.remove_prefix(2);
    while (relative.starts_with('/')) relative.remove_prefix(1);
  }
  if (!relative.starts_with('~')) return path;
  const std::string_view user = relative.substr(1, relative.find('/') - 1);
  const auto home = HomeOf(std::string(user));
  if (!home)
    return WrongUri(
        uri, fmt::format("is below the home directory of {}, which is unknown", Quote(user)));
  return *home + std::string(relative.substr(1 + user.size()));
}

}  // namespace

arrow::Result<std::string> StorePlace(const std::string& uri) {
  std::string path = uri;
  if (uri.starts_with(kFile)) {
    ARROW_ASSIGN_OR_RAISE(path, PathOfFile(uri));
  } else if (uri.starts_with("file:/")) {
    path = uri.substr(std::string_view("file:").size());
  } else if (!uri.starts_with('/') && uri.find("://") != std::string::npos) {
    return uri;
  }
  ARROW_ASSIGN_OR_RAISE(path, WithHome(uri, path));
  std::error_code error;
  const std::filesystem::path place = std::filesystem::absolute(path, error);
  if (error) return WrongUri(uri, "cannot be resolved here: " + error.message());
  return place.string();
}

std::optional<std::filesystem::path> LocalDirectory(const std::string& place) {
  return place.starts_with('/') ? std::optional<std::filesystem::path>(place) : std::nullopt;
}

}  // namespace metaxy::internal
