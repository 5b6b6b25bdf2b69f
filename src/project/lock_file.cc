#include "project/lock_file.h"

#include <fmt/core.h>

#include "config/toml_reader.h"
#include "config/value_reader.h"
#include "metaxy/errors.h"
#include "quote.h"

namespace metaxy::internal {

namespace {

arrow::Result<const SourceValue*> Member(const SourceValue& table, const std::string& place,
                                         std::string_view key) {
  const SourceValue* value = table.Find(key);
  if (value == nullptr)
    return ConfigError(table.origin(), fmt::format("{} has no '{}'", place, key));
  return value;
}

arrow::Result<const SourceValue*> Table(const SourceValue& table, const std::string& place,
                                        std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(const SourceValue* value, Member(table, place, key));
  if (!value->is_object()) return WrongType(*value, place + "." + std::string(key), "a table");
  return value;
}

arrow::Status ReadInfo(const SourceValue& info, const std::string& place, LockedFeature* feature) {
  ARROW_RETURN_NOT_OK(
      CheckKeys(info, place, {"version", "version_by_field", "definition_version"}));
  ARROW_ASSIGN_OR_RAISE(const SourceValue* version, Member(info, place, "version"));
  ARROW_RETURN_NOT_OK(ReadText(*version, place + ".version", &feature->version));
  ARROW_ASSIGN_OR_RAISE(version, Member(info, place, "definition_version"));
  ARROW_RETURN_NOT_OK(
      ReadText(*version, place + ".definition_version", &feature->definition_version));
  ARROW_ASSIGN_OR_RAISE(const SourceValue* fields, Table(info, place, "version_by_field"));
  for (const auto& [field, value] : fields->members()) {
    std::string text;
    ARROW_RETURN_NOT_OK(ReadText(value, place + ".version_by_field." + field, &text));
    feature->version_by_field.emplace_back(field, std::move(text));
  }
  return arrow::Status::OK();
}

arrow::Result<LockedFeature> ReadFeature(const std::string& key, const SourceValue& value) {
  std::string place = "features." + Quote(key);
  if (!value.is_object()) return WrongType(value, place, "a table");
  ARROW_RETURN_NOT_OK(CheckKeys(value, place, {"info", "data"}));
  LockedFeature feature;
  ARROW_ASSIGN_OR_RAISE(const SourceValue* info, Table(value, place, "info"));
  ARROW_RETURN_NOT_OK(ReadInfo(*info, place + ".info", &feature));
  ARROW_ASSIGN_OR_RAISE(const SourceValue* data, Table(value, place, "data"));
  arrow::Result<FeatureDefinition> definition = FeatureDefinition::FromJson(data->ToJson());
  if (!definition.ok()) return ConfigError(data->origin(), definition.status().message());
  feature.definition = std::move(*definition);
  feature.definition.is_external = true;
  feature.definition.source = kLockFileSource;
  return feature;
}

}  // namespace

arrow::Result<std::vector<LockedFeature>> ReadLockFile(const std::filesystem::path& path) {
  auto read = [&path]() -> arrow::Result<std::vector<LockedFeature>> {
    ARROW_ASSIGN_OR_RAISE(SourceValue document, ReadToml(path));
    ARROW_RETURN_NOT_OK(CheckKeys(document, "", {"features"}));
    const SourceValue* table = document.Find("features");
    if (table == nullptr || !table->is_object()) {
      return ConfigError({std::make_shared<const std::string>(path.string()), 1},
                         "there is no table [features]");
    }
    std::vector<LockedFeature> features;
    for (const auto& [key, value] : table->members()) {
      ARROW_ASSIGN_OR_RAISE(LockedFeature feature, ReadFeature(key, value));
      features.push_back(std::move(feature));
    }
    return features;
  };
  arrow::Result<std::vector<LockedFeature>> features = read();
  if (features.ok()) return features;
  return features.status().WithMessage(
      "this lock file is not valid; write it anew with `metaxy lock`: " +
      features.status().message());
}

}  // namespace metaxy::internal
