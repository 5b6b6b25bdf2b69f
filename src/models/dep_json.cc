#include "models/dep_json.h"

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "models/value_reader.h"

namespace metaxy {

namespace {

using MappingType = FieldsMapping::Type;
using LineageType = LineageRelationship::Type;

// The reference stores the fields of a mapping as a set and writes it sorted by parts.
Json KeySetToJson(std::vector<FieldKey> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  Json::Array list;
  for (const FieldKey& key : keys) list.push_back(StringsToJson(key.parts()));
  return list;
}

Json MappingToJson(const FieldsMapping& mapping) {
  switch (mapping.type) {
    case MappingType::kAll:
      return Json::Object{{"type", "all"}};
    case MappingType::kNone:
      return Json::Object{{"type", "none"}};
    case MappingType::kSpecific: {
      Json fields = Json::Object{};
      for (const auto& [field, parents] : mapping.mapping)
        fields.Set(field.ToString(), KeySetToJson(parents));
      return Json::Object{{"type", "specific"}, {"mapping", std::move(fields)}};
    }
    case MappingType::kDefault:
      break;
  }
  Json::Array excluded;
  for (const FieldKey& key : mapping.exclude_fields) excluded.emplace_back(key.ToString());
  return Json::Object{{"type", "default"},
                      {"match_suffix", mapping.match_suffix},
                      {"exclude_fields", std::move(excluded)}};
}

Json LineageToJson(const LineageRelationship& lineage) {
  switch (lineage.type) {
    case LineageType::kAggregation:
      return Json::Object{{"type", "N:1"}, {"on", StringsToJson(lineage.on)}};
    case LineageType::kExpansion: {
      Json pattern;
      if (lineage.id_generation_pattern) pattern = *lineage.id_generation_pattern;
      return Json::Object{{"type", "1:N"},
                          {"on", StringsToJson(lineage.on)},
                          {"id_generation_pattern", std::move(pattern)}};
    }
    case LineageType::kIdentity:
      break;
  }
  return Json::Object{{"type", "1:1"}};
}

// The object inside `{"mapping": {...}}` or `{"relationship": {...}}`, or nullptr.
const Json* TakeWrapped(const Json& json, const char* member, const ValuePath& path,
                        Problems* problems) {
  ObjectReader reader(json, path, problems);
  const Json* inner = reader.Require(member);
  reader.Finish();
  if (inner == nullptr || inner->is_object()) return inner;
  problems->Add(path / member, "must be an object, not " + std::string(KindOf(*inner)));
  return nullptr;
}

// The value of `type`, which must be one of `types`; its index there, or `std::nullopt`.
std::optional<size_t> ReadType(ObjectReader* reader, const std::vector<std::string>& types) {
  const Json* type = reader->Require("type");
  if (type == nullptr) return std::nullopt;
  auto text = ReadText(*type, reader->path() / "type", reader->problems());
  if (!text) return std::nullopt;
  auto found = std::find(types.begin(), types.end(), *text);
  if (found != types.end()) return static_cast<size_t>(found - types.begin());
  std::string all;
  for (const std::string& known : types) all += (all.empty() ? "" : ", ") + known;
  reader->problems()->Add(reader->path() / "type",
                          "there is no type " + Quote(*text) + "; use one of " + all);
  return std::nullopt;
}

// A member that belongs to other types may be null.
void TakeNull(ObjectReader* reader, const char* name) {
  const Json* member = reader->Take(name);
  if (member == nullptr || member->is_null()) return;
  reader->problems()->Add(reader->path() / name, "has no meaning for this type");
}

std::vector<FieldsMapping::Entry> ReadMappingEntries(const Json& json, const ValuePath& path,
                                                     Problems* problems) {
  std::vector<FieldsMapping::Entry> entries;
  ObjectReader reader(json, path, problems);
  if (!reader.is_object()) return entries;
  for (const auto& [field, parents] : json.as_object()) {
    entries.emplace_back(FieldKey(field), ReadKeys<FieldKey>(parents, path / field, problems));
  }
  return entries;
}

FieldsMapping ReadMapping(const Json& json, const ValuePath& outer, Problems* problems) {
  FieldsMapping mapping;
  const Json* inner = TakeWrapped(json, "mapping", outer, problems);
  if (inner == nullptr) return mapping;
  ObjectReader reader(*inner, outer / "mapping", problems);
  auto type = ReadType(&reader, {"default", "specific", "all", "none"});
  if (!type) return mapping;
  mapping.type = static_cast<MappingType>(*type);
  if (mapping.type == MappingType::kDefault) {
    if (const Json* suffix = reader.Take("match_suffix")) {
      mapping.match_suffix =
          ReadBool(*suffix, reader.path() / "match_suffix", problems).value_or(false);
    }
    if (const Json* excluded = reader.Take("exclude_fields")) {
      mapping.exclude_fields =
          ReadKeys<FieldKey>(*excluded, reader.path() / "exclude_fields", problems);
    }
  } else {
    TakeNull(&reader, "match_suffix");
    TakeNull(&reader, "exclude_fields");
  }
  if (mapping.type == MappingType::kSpecific) {
    if (const Json* entries = reader.Require("mapping")) {
      mapping.mapping = ReadMappingEntries(*entries, reader.path() / "mapping", problems);
    }
  } else {
    TakeNull(&reader, "mapping");
  }
  reader.Finish();
  return mapping;
}

LineageRelationship ReadLineage(const Json& json, const ValuePath& outer, Problems* problems) {
  LineageRelationship lineage;
  const Json* inner = TakeWrapped(json, "relationship", outer, problems);
  if (inner == nullptr) return lineage;
  ObjectReader reader(*inner, outer / "relationship", problems);
  auto type = ReadType(&reader, {"1:1", "N:1", "1:N"});
  if (!type) return lineage;
  lineage.type = static_cast<LineageType>(*type);
  if (lineage.type == LineageType::kIdentity) {
    TakeNull(&reader, "on");
  } else if (const Json* on = reader.Take("on"); on != nullptr && !on->is_null()) {
    lineage.on = ReadStrings(*on, reader.path() / "on", problems);
  }
  if (lineage.type != LineageType::kExpansion) {
    TakeNull(&reader, "id_generation_pattern");
  } else if (const Json* pattern = reader.Take("id_generation_pattern");
             pattern != nullptr && !pattern->is_null()) {
    lineage.id_generation_pattern =
        ReadText(*pattern, reader.path() / "id_generation_pattern", problems);
  }
  reader.Finish();
  return lineage;
}

using Rename = std::vector<std::pair<std::string, std::string>>;

Rename ReadRename(const Json& json, const ValuePath& path, Problems* problems) {
  Rename rename;
  ObjectReader reader(json, path, problems);
  if (!reader.is_object()) return rename;
  for (const auto& [old_name, value] : json.as_object()) {
    if (auto new_name = ReadText(value, path / old_name, problems))
      rename.emplace_back(old_name, std::move(*new_name));
  }
  return rename;
}

// The reference reads `filters` and writes `sql_filters`; both are accepted, but not together.
std::optional<std::vector<std::string>> ReadFilters(ObjectReader* reader) {
  const Json* filters = reader->Take("filters");
  const Json* sql_filters = reader->Take("sql_filters");
  if (filters != nullptr && sql_filters != nullptr) {
    reader->problems()->Add(reader->path() / "sql_filters",
                            "is an alias of `filters`; use only one of them");
    return std::nullopt;
  }
  const Json* given = filters != nullptr ? filters : sql_filters;
  if (given == nullptr || given->is_null()) return std::nullopt;
  return ReadStrings(*given, reader->path() / (filters != nullptr ? "filters" : "sql_filters"),
                     reader->problems());
}

}  // namespace

Json StringsToJson(const std::optional<std::vector<std::string>>& texts) {
  if (!texts) return nullptr;
  return Json::Array(texts->begin(), texts->end());
}

Json DepToJson(const FeatureDep& dep) {
  Json rename;
  if (dep.rename) {
    rename = Json::Object{};
    for (const auto& [old_name, new_name] : *dep.rename) rename.Set(old_name, new_name);
  }
  return Json::Object{
      {"feature", dep.feature.ToString()},
      {"select", StringsToJson(dep.select)},
      {"rename", std::move(rename)},
      {"fields_mapping", Json::Object{{"mapping", MappingToJson(dep.fields_mapping)}}},
      {"sql_filters", StringsToJson(dep.filters)},
      {"lineage", Json::Object{{"relationship", LineageToJson(dep.lineage)}}},
      {"optional", dep.optional}};
}

FeatureDep ReadDep(const Json& json, const ValuePath& path, Problems* problems) {
  FeatureDep dep;
  if (json.is_string() || json.is_array()) {
    dep.feature = ReadKey<FeatureKey>(json, path, problems).value_or(FeatureKey());
    return dep;
  }
  ObjectReader reader(json, path, problems);
  if (const Json* feature = reader.Require("feature")) {
    dep.feature = ReadKey<FeatureKey>(*feature, path / "feature", problems).value_or(FeatureKey());
  }
  if (const Json* select = reader.Take("select"); select != nullptr && !select->is_null()) {
    dep.select = ReadStrings(*select, path / "select", problems);
  }
  if (const Json* rename = reader.Take("rename"); rename != nullptr && !rename->is_null()) {
    dep.rename = ReadRename(*rename, path / "rename", problems);
  }
  if (const Json* mapping = reader.Take("fields_mapping")) {
    dep.fields_mapping = ReadMapping(*mapping, path / "fields_mapping", problems);
  }
  dep.filters = ReadFilters(&reader);
  if (const Json* lineage = reader.Take("lineage"))
    dep.lineage = ReadLineage(*lineage, path / "lineage", problems);
  if (const Json* optional = reader.Take("optional")) {
    dep.optional = ReadBool(*optional, path / "optional", problems).value_or(false);
  }
  reader.Finish();
  return dep;
}

}  // namespace metaxy
