// URI resolution: the directory or the remote location a store's uri names.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <optional>
#include <string>

namespace metaxy::internal {

/// The absolute path of the directory that LanceDB's Python client uses for the same uri: a literal
/// path (`#`, `?` and `%20` have no special meaning), `~` and `~user` as home directories, `file:`
/// before a path whose escapes are not decoded. Any other uri unchanged. InvalidConfig for a
/// file:// uri of another host, and for the home directory of an unknown user.
arrow::Result<std::string> StorePlace(const std::string& uri);

/// The directory of a location; `std::nullopt` for object stores and servers.
std::optional<std::filesystem::path> LocalDirectory(const std::string& place);

}  // namespace metaxy::internal
