#include "config/ext_cpp.h"

#include <fmt/format.h>

#include <string>

#include "base/byte_size.h"
#include "config/store_settings.h"
#include "config/value_reader.h"

namespace metaxy::internal {

arrow::Status CheckExtCpp(const SourceValue& table) {
  ARROW_RETURN_NOT_OK(CheckKeys(table, "ext.cpp", {"enable", "entrypoints", "stores"}));
  if (const SourceValue* entrypoints = table.Find("entrypoints")) {
    std::vector<std::string> names;
    ARROW_RETURN_NOT_OK(ReadStrings(*entrypoints, "ext.cpp.entrypoints", &names));
  }
  const SourceValue* stores = table.Find("stores");
  if (stores == nullptr) return arrow::Status::OK();
  if (!stores->is_object()) return WrongType(*stores, "ext.cpp.stores", "a table");
  for (const auto& [name, store] : stores->members()) {
    StoreSettings checked;
    ARROW_RETURN_NOT_OK(ReadStoreSettings(store, "ext.cpp.stores." + name, &checked));
  }
  return arrow::Status::OK();
}

arrow::Result<int64_t> ReadMemoryLimit(const SourceValue& value, std::string_view name) {
  std::string text;
  if (value.is_string()) {
    text = value.scalar().as_string();
  } else if (value.is_scalar() && value.scalar().is_integer()) {
    text = value.scalar().DumpPython();
  } else {
    return WrongType(value, name, "a size such as \"2GiB\"");
  }
  const arrow::Result<int64_t> bytes = ParseByteSize(text);
  if (bytes.ok()) return bytes;
  return ConfigError(value.origin(), fmt::format("{}: {}", name, bytes.status().message()));
}

arrow::Result<FallbackMode> ReadFallbackMode(const SourceValue& value, std::string_view name) {
  const bool is_text = value.is_string();
  const std::string text = is_text ? value.scalar().as_string() : "";
  if (text == "feature") return FallbackMode::kFeature;
  if (text == "overlay") return FallbackMode::kOverlay;
  constexpr const char* kExpected = "\"feature\" or \"overlay\"";
  if (!is_text) return WrongType(value, name, kExpected);
  return ConfigError(value.origin(),
                     fmt::format("{}: '{}' is not valid; use {}", name, text, kExpected));
}

arrow::Result<DeltaMode> ReadDeltaMode(const SourceValue& value, std::string_view name) {
  std::string text;
  ARROW_RETURN_NOT_OK(ReadText(value, name, &text));
  const arrow::Result<DeltaMode> mode = ParseDeltaMode(text);
  if (mode.ok()) return mode;
  return ConfigError(value.origin(), fmt::format("{}: {}", name, mode.status().message()));
}

std::vector<std::string> LanceDBConfigKeys() {
  return {"uri", "connect_kwargs", "fallback_stores", "hash_algorithm", "versioning_engine"};
}

}  // namespace metaxy::internal
