#include "config/store_settings.h"

#include "config/ext_cpp.h"
#include "config/maintenance_config.h"
#include "config/value_reader.h"

namespace metaxy {
namespace internal {

arrow::Status ReadStoreSettings(const SourceValue& table, const std::string& place,
                                StoreSettings* settings) {
  if (!table.is_object()) return WrongType(table, place, "a table");
  ARROW_RETURN_NOT_OK(CheckKeys(
      table, place,
      {"memory_limit", "maintenance", "allow_unconditional_writes", "fallback", "delta"}));
  for (const auto& [key, value] : table.members()) {
    const std::string name = place + "." + key;
    if (key == "maintenance") {
      ARROW_RETURN_NOT_OK(ReadMaintenance(value, name, &settings->maintenance));
    } else if (key == "allow_unconditional_writes") {
      ARROW_RETURN_NOT_OK(ReadBool(value, name, &settings->allow_unconditional_writes));
    } else if (key == "fallback") {
      ARROW_ASSIGN_OR_RAISE(settings->fallback, ReadFallbackMode(value, name));
    } else if (key == "delta") {
      ARROW_ASSIGN_OR_RAISE(settings->delta, ReadDeltaMode(value, name));
    } else {
      ARROW_ASSIGN_OR_RAISE(settings->memory_limit, ReadMemoryLimit(value, name));
    }
  }
  return arrow::Status::OK();
}

}  // namespace internal

arrow::Result<StoreSettings> StoreSettings::FromJson(const Json& table, const std::string& name) {
  StoreSettings settings;
  ARROW_RETURN_NOT_OK(internal::ReadStoreSettings(internal::SourceValue::FromJson(table, {}),
                                                  "ext.cpp.stores." + name, &settings));
  return settings;
}

}  // namespace metaxy
