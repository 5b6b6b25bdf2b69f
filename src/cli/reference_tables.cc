// Reference pages about what is stored and configured: columns, keys of metaxy.toml.
#include <fmt/core.h>

#include <array>

#include "cli/reference.h"
#include "cli/reference_text.h"
#include "config/json_schema.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

constexpr std::array kColumns = {
    SystemColumnInfo{"metaxy_provenance_by_field", "struct<FIELD: string, ...>",
                     "for each field, the hash of its inputs",
                     "metaxy; for a feature without parents, whoever writes the rows"},
    SystemColumnInfo{"metaxy_provenance", "string", "the hash of the above", "metaxy"},
    SystemColumnInfo{"metaxy_feature_version", "string",
                     "the version of the definition that the row was computed for", "metaxy"},
    SystemColumnInfo{"metaxy_project_version", "string", "the version of the project", "metaxy"},
    SystemColumnInfo{"metaxy_data_version_by_field", "struct<FIELD: string, ...>",
                     "for each field, the version of its value, which children depend on",
                     "metaxy, as the provenance; or whoever writes the rows"},
    SystemColumnInfo{"metaxy_data_version", "string", "the hash of the above", "metaxy"},
    SystemColumnInfo{"metaxy_created_at", "timestamp[us, tz=UTC]", "when the row was written",
                     "metaxy"},
    SystemColumnInfo{"metaxy_updated_at", "timestamp[us, tz=UTC]",
                     "the same; the latest row of a sample counts", "metaxy"},
    SystemColumnInfo{"metaxy_deleted_at", "timestamp[us, tz=UTC]",
                     "null, unless the row marks the sample as deleted",
                     "`metaxy metadata delete`"},
    SystemColumnInfo{"metaxy_materialization_id", "string",
                     "the name of the run that wrote the row, or null", "`--materialization-id`"},
};
static_assert(kColumns.size() == kSystemColumns.size());

// "string", "integer", "string or integer", or the choices of a JSON schema.
std::string TypeText(const Json& property) {
  if (const Json* reference = property.Find("$ref")) {
    static const Json kSchema = internal::ConfigSchema();
    const std::string& path = reference->as_string();
    return TypeText(*kSchema.Find("$defs")->Find(path.substr(path.rfind('/') + 1)));
  }
  if (const Json* choices = property.Find("enum")) {
    std::string text;
    for (const Json& choice : choices->as_array())
      text += fmt::format("{}`\"{}\"`", text.empty() ? "" : ", ", choice.as_string());
    return text;
  }
  if (const Json* any = property.Find("anyOf")) {
    std::string text;
    for (const Json& type : any->as_array()) {
      const std::string one = TypeText(type);
      if (one != "null" && text.find(one) == std::string::npos)
        text += (text.empty() ? "" : " or ") + one;
    }
    return text;
  }
  const Json* type = property.Find("type");
  if (type == nullptr || !type->is_string()) return "table";
  if (type->as_string() == "object") return "table";
  if (type->as_string() == "array") return "list";
  return type->as_string();
}

// The paragraphs after it are examples.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string DefaultText(const Json& property) {
  const Json* value = property.Find("default");
  if (value == nullptr || value->is_null()) return "";
  if (value->is_object()) return "";
  return "`" + value->DumpPython() + "`";
}

// A heading, and a table of the keys that a schema has.
std::string Section(const std::string& title, const Json& schema, const std::string& variable) {
  std::string text = "\n## " + title + "\n\n";
  if (const Json* description = schema.Find("description"))
    text += Wrapped(FirstLine(description->as_string())) + "\n";
  text += "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& [key, property] : schema.Find("properties")->as_object()) {
    const Json* meaning = property.Find("description");
    text += fmt::format("| `{}` | {} | {} | {} |\n", key, TypeText(property), DefaultText(property),
                        meaning != nullptr ? TableText(FirstLine(meaning->as_string())) : "");
  }
  if (!variable.empty()) text += "\n" + Wrapped("Variables: `" + variable + "`.");
  return text;
}

}  // namespace

std::span<const SystemColumnInfo> SystemColumnTable() { return kColumns; }

std::string SystemColumnsPage() {
  std::string page = "# System columns\n\n" + std::string(kGenerated) +
                     Wrapped(
                         "metaxy adds these columns to the table of every feature. Their names "
                         "begin with `metaxy_`, which is reserved. `metadata read` shows them "
                         "after those of the user; filters may use them. How they are computed "
                         "is in [versioning](../versioning.md), how rows are stored in [storage "
                         "format](../storage-format.md).") +
                     "\n| column | type | contents | written by |\n|---|---|---|---|\n";
  for (const SystemColumnInfo& column : kColumns) {
    page += fmt::format("| `{}` | {} | {} | {} |\n", column.name, column.type, column.contents,
                        column.written_by);
  }
  return page + "\n" +
         Wrapped(
             "With `enable_map_datatype = true`, the two columns `*_by_field` of new tables are "
             "maps of strings instead of structs.");
}

std::string ConfigurationPage() {
  const Json schema = internal::ConfigSchema();
  const auto definition = [&](const char* name) -> const Json& {
    return *schema.Find("$defs")->Find(name);
  };
  return "# Keys of metaxy.toml\n\n" + std::string(kGenerated) +
         Wrapped(
             "[Configuration](../configuration.md) explains the file with examples. Every key "
             "can be set by a variable, which overrides the file; `metaxy config print` shows "
             "where each value comes from, and `metaxy config schema` prints these tables as a "
             "JSON schema for editors.") +
         Section("Top level", schema, "METAXY_STORE") +
         Section("[stores.NAME]", definition("StoreConfig"), "METAXY_STORES__NAME__TYPE") +
         Section("[stores.NAME.config] of a LanceDB store",
                 definition("LanceDBMetadataStoreConfig"), "METAXY_STORES__NAME__CONFIG__URI") +
         Section("[[extra_features]]", definition("FeatureSelection"), "") +
         Section("[ext.cpp]", definition("ExtCpp"), "") +
         Section("[ext.cpp.stores.NAME]", definition("ExtCppStore"), "") +
         Section("[ext.cpp.stores.NAME.maintenance]", definition("Maintenance"), "");
}

}  // namespace metaxy::cli
