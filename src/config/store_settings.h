// `[ext.cpp.stores.NAME]`.
#pragma once

#include <arrow/status.h>

#include <string>

#include "config/source_value.h"
#include "metaxy/store_settings.h"

namespace metaxy::internal {

/// \brief Reads the table at `place` on top of `settings`. InvalidConfig, with file and line, for
/// an unknown key or an invalid value.
arrow::Status ReadStoreSettings(const SourceValue& table, const std::string& place,
                                StoreSettings* settings);

}  // namespace metaxy::internal
