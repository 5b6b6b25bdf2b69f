// Connection options: from `uri` and `connect_kwargs` of the configuration.
#pragma once

#include <arrow/result.h>

#include <string>

#include "lancedb/bridge.h"
#include "metaxy/lancedb_metadata_store.h"

namespace metaxy::internal {

/// The uri without user names, passwords and queries.
std::string DisplayUri(const std::string& uri);

/// Whether the store is on an S3-compatible server: options, variables and profiles decide where
/// requests go, and some servers ignore the condition of a conditional write.
bool NeedsConditionalWriteProbe(const LanceConnectOptions& options);

/// With the location of the store as its uri. InvalidConfig for an empty uri, or one that names no
/// location; for Lance's first file format; for an unknown member of `connect_kwargs` (listing the
/// known ones) or one of a wrong type; and for a server without a key. Messages never contain
/// values, which may be secret. http(s)://HOST/NAME becomes db://NAME with that host;
/// `client_config` becomes storage options if the target is an object store.
arrow::Result<LanceConnectOptions> MakeConnectOptions(const LanceDBOptions& options);

}  // namespace metaxy::internal
