#include "project/toml_shorthands.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "models/dep_json.h"

namespace metaxy {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kLineageNames = {{
    {"identity", "1:1"},
    {"aggregation", "N:1"},
    {"expansion", "1:N"},
}};

Json* FindMember(Json* json, std::string_view name) { return const_cast<Json*>(json->Find(name)); }

// "x" -> {wrapper: {"type": "x"}}, {"type": ...} -> {wrapper: {"type": ...}}. A table in neither
// form is treated as the short one, so that the error is a missing `type`.
void Wrap(Json* value, const char* wrapper) {
  if (value->is_string()) *value = Json::Object{{"type", std::move(*value)}};
  const bool is_short = value->Find("type") != nullptr || value->Find(wrapper) == nullptr;
  if (value->is_object() && is_short) *value = Json::Object{{wrapper, std::move(*value)}};
}

void ExpandLineage(Json* lineage) {
  Wrap(lineage, "relationship");
  Json* relationship = FindMember(lineage, "relationship");
  Json* type = relationship == nullptr ? nullptr : FindMember(relationship, "type");
  if (type == nullptr || !type->is_string()) return;
  for (const auto& [name, sign] : kLineageNames) {
    if (type->as_string() == name) {
      *type = sign;
      return;
    }
  }
}

void ExpandAll(Json* value) {
  if (value != nullptr && value->is_string() && value->as_string() == "all") *value = kAllDep;
}

}  // namespace

Json ExpandDeps(Json deps) {
  if (!deps.is_array()) return deps;
  for (Json& dep : deps.as_array()) {
    if (Json* mapping = FindMember(&dep, "fields_mapping")) Wrap(mapping, "mapping");
    if (Json* lineage = FindMember(&dep, "lineage")) ExpandLineage(lineage);
  }
  return deps;
}

Json ExpandFields(Json fields) {
  if (!fields.is_array()) return fields;
  for (Json& field : fields.as_array()) {
    Json* deps = FindMember(&field, "deps");
    if (deps == nullptr) continue;
    ExpandAll(deps);
    if (!deps->is_array()) continue;
    for (Json& dep : deps->as_array()) ExpandAll(FindMember(&dep, "fields"));
  }
  return fields;
}

}  // namespace metaxy
