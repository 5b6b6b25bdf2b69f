// JSON schemas of the configuration, for editors and other tools.
#pragma once

#include "base/program_export.h"
#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief The schema of metaxy.toml. Includes that of LanceDB stores.
METAXY_PROGRAM_EXPORT Json ConfigSchema();

/// \brief The schema of `[stores.NAME.config]` of a LanceDB store, member by member as documented
/// by the reference.
METAXY_PROGRAM_EXPORT Json LanceDBConfigSchema();

}  // namespace metaxy::internal
