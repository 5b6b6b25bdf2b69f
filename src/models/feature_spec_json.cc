#include <cmath>
#include <utility>

#include "base/quote.h"
#include "metaxy/feature_spec.h"
#include "models/dep_json.h"
#include "models/finite_json.h"
#include "models/spec_reader.h"
#include "models/spec_rules.h"
#include "models/value_reader.h"

namespace metaxy {

namespace {

Json FieldDepsToJson(const FieldDeps& deps) {
  if (deps.all) return kAllDep;
  Json::Array list;
  for (const FieldDep& dep : deps.list) {
    Json fields = kAllDep;
    if (dep.fields) {
      fields = Json::Array{};
      for (const FieldKey& key : *dep.fields) fields.as_array().emplace_back(key.ToString());
    }
    list.push_back(
        Json::Object{{"feature", dep.feature.ToString()}, {"fields", std::move(fields)}});
  }
  return list;
}

Json FieldToJson(const FieldSpec& field) {
  return Json::Object{{"key", field.key.ToString()},
                      {"code_version", field.code_version},
                      {"deps", FieldDepsToJson(field.deps)}};
}

FieldDep ReadFieldDep(const Json& json, const ValuePath& path, Problems* problems) {
  FieldDep dep;
  ObjectReader reader(json, path, problems);
  if (const Json* feature = reader.Require("feature")) {
    dep.feature = ReadKey<FeatureKey>(*feature, path / "feature", problems).value_or(FeatureKey());
  }
  const Json* fields = reader.Take("fields");
  bool all = fields == nullptr || (fields->is_string() && fields->as_string() == kAllDep);
  if (!all) dep.fields = ReadKeys<FieldKey>(*fields, path / "fields", problems);
  reader.Finish();
  return dep;
}

FieldDeps ReadFieldDeps(const Json& json, const ValuePath& path, Problems* problems) {
  if (json.is_string() && json.as_string() == kAllDep) return FieldDeps::All();
  FieldDeps deps;
  if (!json.is_array()) {
    std::string found = json.is_string() ? Quote(json.as_string()) : std::string(KindOf(json));
    problems->Add(path, "must be a list of objects with `feature` and `fields`, or \"" +
                            std::string(kAllDep) + "\", not " + found);
    return deps;
  }
  for (size_t i = 0; i < json.as_array().size(); ++i) {
    deps.list.push_back(ReadFieldDep(json.as_array()[i], path / i, problems));
  }
  return deps;
}

FieldSpec ReadField(const Json& json, const ValuePath& path, Problems* problems) {
  FieldSpec field;
  if (json.is_string()) {
    field.key = FieldKey(json.as_string());
    return field;
  }
  ObjectReader reader(json, path, problems);
  if (const Json* key = reader.Take("key")) {
    field.key = ReadKey<FieldKey>(*key, path / "key", problems).value_or(FieldKey());
  }
  if (const Json* version = reader.Take("code_version")) {
    field.code_version = ReadText(*version, path / "code_version", problems).value_or("");
  }
  if (const Json* deps = reader.Take("deps"))
    field.deps = ReadFieldDeps(*deps, path / "deps", problems);
  reader.Finish();
  return field;
}

template <class T, class Read>
std::vector<T> ReadList(const Json& json, const ValuePath& path, Problems* problems,
                        const Read& read) {
  std::vector<T> list;
  if (!json.is_array()) {
    problems->Add(path, "must be a list, not " + std::string(KindOf(json)));
    return list;
  }
  for (size_t i = 0; i < json.as_array().size(); ++i)
    list.push_back(read(json.as_array()[i], path / i, problems));
  return list;
}

void ReadMembers(ObjectReader* reader, FeatureSpec* spec) {
  const ValuePath& path = reader->path();
  Problems* problems = reader->problems();
  if (const Json* key = reader->Require("key")) {
    spec->key = ReadKey<FeatureKey>(*key, path / "key", problems).value_or(FeatureKey());
  }
  if (const Json* columns = reader->Require("id_columns")) {
    spec->id_columns =
        ReadStrings(*columns, path / "id_columns", problems).value_or(std::vector<std::string>());
  }
  if (const Json* deps = reader->Take("deps")) {
    spec->deps = ReadList<FeatureDep>(*deps, path / "deps", problems, ReadDep);
  }
  if (const Json* fields = reader->Take("fields")) {
    spec->fields = ReadList<FieldSpec>(*fields, path / "fields", problems, ReadField);
  }
  if (const Json* metadata = reader->Take("metadata")) {
    if (metadata->is_object()) {
      spec->metadata = *metadata;
    } else {
      problems->Add(path / "metadata", "must be an object, not " + std::string(KindOf(*metadata)));
    }
  }
  if (const Json* text = reader->Take("description"); text != nullptr && !text->is_null()) {
    spec->description = ReadText(*text, path / "description", problems);
  }
}

}  // namespace

Json FeatureSpec::ToJson() const {
  Json::Array dep_list;
  for (const FeatureDep& dep : deps) dep_list.push_back(DepToJson(dep));
  Json::Array field_list;
  for (const FieldSpec& field : fields) field_list.push_back(FieldToJson(field));
  Json text;
  if (description) text = *description;
  return Json::Object{{"key", key.ToString()},
                      {"id_columns", StringsToJson(id_columns)},
                      {"deps", std::move(dep_list)},
                      {"fields", std::move(field_list)},
                      {"metadata", WithoutNonFinite(metadata)},
                      {"description", std::move(text)}};
}

arrow::Result<FeatureSpec> FeatureSpec::FromJson(const Json& json) {
  Problems problems;
  FeatureSpec spec = ReadSpec(json, {}, &problems);
  ARROW_RETURN_NOT_OK(problems.ToStatus(SubjectOfSpec(&json)));
  return spec;
}

FeatureSpec ReadSpec(const Json& json, const ValuePath& path, Problems* problems) {
  FeatureSpec spec;
  ObjectReader reader(json, path, problems);
  ReadMembers(&reader, &spec);
  reader.Finish();
  problems->AddUnlessKnown(FindSpecProblems(spec, path));
  return spec;
}

std::string SubjectOfSpec(const Json* spec) {
  const Json* key = spec == nullptr ? nullptr : spec->Find("key");
  if (key == nullptr) return "the feature";
  Problems ignored;
  auto parts = ReadKeyParts(*key, {}, &ignored);
  return parts ? FeatureSubject(FeatureKey(std::move(*parts))) : "the feature";
}

}  // namespace metaxy
