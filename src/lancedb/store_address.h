// Where on the network a store is.
#pragma once

#include <optional>
#include <string>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// \brief The URL of the HTTP server that the requests of a store go to, so far as options and
/// environment tell it. Nothing for directories.
std::optional<std::string> StoreAddress(const LanceConnectOptions& options);

}  // namespace metaxy::internal
