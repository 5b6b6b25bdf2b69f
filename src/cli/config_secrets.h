// Credentials in a configuration that is shown: to people, in bug reports, to assistants.
#pragma once

#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief A configuration as JSON, with *** for passwords, keys and tokens of stores.
Json WithoutSecrets(const Json& config);

}  // namespace metaxy::cli
