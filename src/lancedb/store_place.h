// Where a store is: what its uri means.
#pragma once

#include <arrow/result.h>

#include <filesystem>
#include <optional>
#include <string>

namespace metaxy::internal {

/// The absolute path of a directory, in which LanceDB's Python client looks for the same uri: a
/// path as it stands (`#`, `?` and `%20` are characters like others), `~` and `~user` as home
/// directories, `file:` before a path without its escapes undone. Any other uri as it is.
/// InvalidConfig for a file:// uri of another host, and for the home of an unknown user.
arrow::Result<std::string> StorePlace(const std::string& uri);

/// The directory of a place; nullopt for object stores and servers.
std::optional<std::filesystem::path> LocalDirectory(const std::string& place);

}  // namespace metaxy::internal
