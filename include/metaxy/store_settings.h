// What this implementation adds to the configuration of a store.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>

#include "metaxy/delta.h"
#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/maintenance.h"
#include "metaxy/store_options.h"

namespace metaxy {

/// \brief `[ext.cpp.stores.NAME]`, which the reference keeps without a look at it; with the
/// defaults of keys that are not set. Project::GetStore() makes stores with these.
struct METAXY_EXPORT StoreSettings {
  /// Bytes; see MetadataStoreOptions::memory_limit.
  std::optional<int64_t> memory_limit = std::nullopt;
  MaintenanceOptions maintenance = {};
  /// See LanceDBOptions::allow_unconditional_writes.
  bool allow_unconditional_writes = false;
  FallbackMode fallback = FallbackMode::kFeature;
  DeltaMode delta = DeltaMode::kAuto;

  /// \brief Reads the table of the store `name`. InvalidConfig, with the key as
  /// `ext.cpp.stores.NAME.KEY`, for an unknown key or an invalid value. Values may be texts, as
  /// environment variables give them. Thread-safe.
  static arrow::Result<StoreSettings> FromJson(const Json& table, const std::string& name);
};

}  // namespace metaxy
