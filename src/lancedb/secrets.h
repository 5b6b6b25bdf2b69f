// Redaction of secrets in messages.
#pragma once

#include <string>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// \brief `message` with the credentials of `options` replaced by "***". A short one is replaced
/// only if it is a separate word: "chec" is not part of "check".
std::string WithoutSecrets(std::string message, const LanceConnectOptions& options);

}  // namespace metaxy::internal
