// Network address of a store.
#pragma once

#include <optional>
#include <string>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// \brief The URL of the HTTP server of a store, as far as options and environment determine it.
/// Empty for directories.
std::optional<std::string> StoreAddress(const LanceConnectOptions& options);

}  // namespace metaxy::internal
