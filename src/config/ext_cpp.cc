#include "config/ext_cpp.h"

#include <fmt/core.h>

#include <string>

#include "config/maintenance_config.h"
#include "config/value_reader.h"

namespace metaxy::internal {

arrow::Status CheckExtCpp(const SourceValue& table, const Warn& warn) {
  ARROW_RETURN_NOT_OK(CheckKeys(table, "ext.cpp", {"enable", "entrypoints", "stores"}));
  if (const SourceValue* entrypoints = table.Find("entrypoints")) {
    std::vector<std::string> names;
    ARROW_RETURN_NOT_OK(ReadTexts(*entrypoints, "ext.cpp.entrypoints", &names));
  }
  const SourceValue* stores = table.Find("stores");
  if (stores == nullptr) return arrow::Status::OK();
  if (!stores->is_object()) return WrongType(*stores, "ext.cpp.stores", "a table");
  for (const auto& [name, store] : stores->members()) {
    std::string place = "ext.cpp.stores." + name;
    if (!store.is_object()) return WrongType(store, place, "a table");
    ARROW_RETURN_NOT_OK(CheckKeys(store, place, {"memory_limit", "maintenance"}));
    for (const auto& [key, value] : store.members()) {
      if (key == "maintenance") {
        MaintenanceOptions checked;
        ARROW_RETURN_NOT_OK(ReadMaintenance(value, place + ".maintenance", &checked));
        continue;
      }
      std::string origin = value.origin().ToString();
      if (warn)
        warn(fmt::format("{}{}.{} has no effect yet", origin.empty() ? "" : origin + ": ", place,
                         key));
    }
  }
  return arrow::Status::OK();
}

std::vector<std::string> LanceDBConfigKeys() {
  return {"uri", "connect_kwargs", "fallback_stores", "hash_algorithm", "versioning_engine"};
}

}  // namespace metaxy::internal
