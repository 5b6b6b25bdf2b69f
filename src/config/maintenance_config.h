// `[ext.cpp.stores.NAME] maintenance = { ... }`.
#pragma once

#include <arrow/status.h>

#include <string>

#include "config/source_value.h"
#include "metaxy/maintenance.h"

namespace metaxy::internal {

/// \brief Reads the table at `place` on top of `options`. InvalidConfig, with file and line, for an
/// unknown key or an invalid value.
arrow::Status ReadMaintenance(const SourceValue& table, const std::string& place,
                              MaintenanceOptions* options);

}  // namespace metaxy::internal
