#include "metaxy/feature_definition.h"

#include <utility>

#include "base/quote.h"
#include "base/sha256.h"
#include "models/finite_json.h"
#include "models/spec_reader.h"
#include "models/spec_rules.h"
#include "models/value_reader.h"

namespace metaxy {

namespace {

// The schema is a JSON string in files and tables; an object is accepted as well.
Json ReadSchema(const Json& json, const ValuePath& path, Problems* problems) {
  Json schema = json;
  if (json.is_string()) {
    arrow::Result<Json> parsed = Json::Parse(json.as_string());
    if (!parsed.ok()) {
      problems->Add(path, parsed.status().message());
      return Json::Object{};
    }
    schema = std::move(*parsed);
  }
  if (schema.is_object()) return schema;
  problems->Add(path, "must be a JSON object or a string that contains one, not " +
                          std::string(KindOf(schema)));
  return Json::Object{};
}

void ReadExternal(const Json& json, const ValuePath& path, Problems* problems,
                  FeatureDefinition* definition) {
  definition->is_external = true;
  ObjectReader reader(json, path, problems);
  if (const Json* mode = reader.Take("on_version_mismatch")) {
    auto text = ReadText(*mode, path / "on_version_mismatch", problems);
    if (text == "error") {
      definition->on_version_mismatch = OnVersionMismatch::kError;
    } else if (text && text != "warn") {
      problems->Add(path / "on_version_mismatch",
                    "must be \"warn\" or \"error\", not " + Quote(*text));
    }
  }
  const Json* versions = reader.Take("provenance_by_field");
  reader.Finish();
  if (versions == nullptr || versions->is_null()) return;
  ValuePath place = path / "provenance_by_field";
  ObjectReader version_reader(*versions, place, problems);
  if (!version_reader.is_object()) return;
  definition->provenance_by_field.emplace();
  for (const auto& [field, value] : versions->as_object()) {
    if (auto version = ReadText(value, place / field, problems)) {
      definition->provenance_by_field->emplace_back(field, std::move(*version));
    }
  }
}

}  // namespace

std::string FeatureDefinition::display_source() const {
  if (!source.empty()) return source;
  if (feature_class_path && !feature_class_path->empty()) return *feature_class_path;
  return "?";
}

arrow::Status FeatureDefinition::Validate() const {
  Problems problems;
  problems.AddUnlessKnown(FindDefinitionProblems(*this));
  return problems.ToStatus(FeatureSubject(key()));
}

std::string FeatureDefinition::feature_definition_version(int truncation) const {
  Sha256 hash;
  hash.Update(spec.feature_spec_version(truncation));
  hash.Update(WithoutNonFinite(feature_schema).DumpPython(true));
  return TruncateHash(hash.Finish(), truncation);
}

Json FeatureDefinition::ToJson() const {
  Json class_path;
  if (feature_class_path) class_path = *feature_class_path;
  return Json::Object{{"spec", spec.ToJson()},
                      {"feature_schema", feature_schema.DumpCompact()},
                      {"feature_class_path", std::move(class_path)},
                      {"project", project}};
}

arrow::Result<FeatureDefinition> FeatureDefinition::FromJson(const Json& json) {
  Problems problems;
  FeatureDefinition definition = ReadDefinition(json, &problems);
  ARROW_RETURN_NOT_OK(problems.ToStatus(SubjectOfSpec(json.Find("spec"))));
  return definition;
}

FeatureDefinition ReadDefinition(const Json& json, Problems* problems) {
  FeatureDefinition definition;
  ObjectReader reader(json, {}, problems);
  if (const Json* spec = reader.Require("spec"))
    definition.spec = ReadSpec(*spec, {"spec"}, problems);
  if (const Json* schema = reader.Require("feature_schema")) {
    definition.feature_schema = ReadSchema(*schema, {"feature_schema"}, problems);
  }
  if (const Json* path = reader.Take("feature_class_path"); path != nullptr && !path->is_null()) {
    definition.feature_class_path = ReadText(*path, {"feature_class_path"}, problems);
  }
  if (const Json* project = reader.Require("project")) {
    definition.project = ReadText(*project, {"project"}, problems).value_or("");
  }
  if (const Json* external = reader.Take("external")) {
    ReadExternal(*external, {"external"}, problems, &definition);
    definition.feature_class_path.reset();
  }
  reader.Finish();
  problems->AddUnlessKnown(FindDefinitionProblems(definition));
  return definition;
}

}  // namespace metaxy
