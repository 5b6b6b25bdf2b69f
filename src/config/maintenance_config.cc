#include "config/maintenance_config.h"

#include "base/age.h"
#include "base/byte_size.h"
#include "config/ext_cpp.h"
#include "config/value_reader.h"
#include "metaxy/config.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

arrow::Status ReadCount(const SourceValue& value, const std::string& name, int64_t* out) {
  int number = 0;
  ARROW_RETURN_NOT_OK(ReadInt(value, name, /*minimum=*/1, &number));
  *out = number;
  return arrow::Status::OK();
}

arrow::Status ReadBytes(const SourceValue& value, const std::string& name, int64_t* out) {
  if (!value.is_string()) return ReadCount(value, name, out);
  const arrow::Result<int64_t> bytes = ParseByteSize(value.scalar().as_string());
  if (!bytes.ok()) return ConfigError(value.origin(), name + ": " + bytes.status().message());
  if (*bytes < 1) return ConfigError(value.origin(), name + " must be more than 0");
  *out = *bytes;
  return arrow::Status::OK();
}

arrow::Status ReadAge(const SourceValue& value, const std::string& name,
                      std::chrono::seconds* out) {
  std::string text;
  ARROW_RETURN_NOT_OK(ReadText(value, name, &text));
  const arrow::Result<std::chrono::seconds> age = ParseAge(text);
  if (!age.ok()) return ConfigError(value.origin(), name + ": " + age.status().message());
  *out = *age;
  return arrow::Status::OK();
}

}  // namespace

arrow::Status ReadMaintenance(const SourceValue& table, const std::string& place,
                              MaintenanceOptions* options) {
  if (!table.is_object()) return WrongType(table, place, "a table");
  ARROW_RETURN_NOT_OK(CheckKeys(table, place,
                                {"auto", "every_commits", "target_rows", "target_bytes",
                                 "keep_versions_for", "keep_versions"}));
  if (const SourceValue* value = table.Find("auto"))
    ARROW_RETURN_NOT_OK(ReadBool(*value, place + ".auto", &options->automatic));
  if (const SourceValue* value = table.Find("every_commits"))
    ARROW_RETURN_NOT_OK(ReadCount(*value, place + ".every_commits", &options->every_commits));
  if (const SourceValue* value = table.Find("target_rows"))
    ARROW_RETURN_NOT_OK(ReadCount(*value, place + ".target_rows", &options->target_rows));
  if (const SourceValue* value = table.Find("target_bytes"))
    ARROW_RETURN_NOT_OK(ReadBytes(*value, place + ".target_bytes", &options->target_bytes));
  if (const SourceValue* value = table.Find("keep_versions_for"))
    ARROW_RETURN_NOT_OK(ReadAge(*value, place + ".keep_versions_for", &options->keep_versions_for));
  if (const SourceValue* value = table.Find("keep_versions"))
    ARROW_RETURN_NOT_OK(ReadCount(*value, place + ".keep_versions", &options->keep_versions));
  return arrow::Status::OK();
}

}  // namespace metaxy::internal

namespace metaxy {

arrow::Result<MaintenanceOptions> MetaxyConfig::maintenance(const std::string& store_name) const {
  MaintenanceOptions options;
  const Json* table = ext.Find(internal::kExtCpp);
  for (const std::string& name : {std::string("stores"), store_name, std::string("maintenance")}) {
    if (table != nullptr) table = table->Find(name);
  }
  if (table == nullptr) return options;
  ARROW_RETURN_NOT_OK(internal::ReadMaintenance(internal::SourceValue::FromJson(*table, {}),
                                                "ext.cpp.stores." + store_name + ".maintenance",
                                                &options));
  return options;
}

}  // namespace metaxy
