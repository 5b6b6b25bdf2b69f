// The tools of the server. Configuration and definitions are reloaded for every call, so that
// changes of files take effect immediately.
#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <utility>

#include "cli/commands/feature_json.h"
#include "cli/config_secrets.h"
#include "cli/mcp_server.h"
#include "cli/output/cell_text.h"
#include "cli/output/sorted_rows.h"
#include "cli/signals.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"
#include "metaxy/project.h"

namespace metaxy::cli {

namespace {

constexpr const char* kNothing =
    R"({"type": "object", "properties": {}, "additionalProperties": false})";

// The member, if it is present and not null.
const Json* Given(const Json& arguments, const char* name) {
  const Json* value = arguments.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool Flag(const Json& arguments, const char* name, bool otherwise) {
  const Json* value = Given(arguments, name);
  return value == nullptr ? otherwise : value->as_bool();
}

std::vector<std::string> Texts(const Json& arguments, const char* name) {
  std::vector<std::string> texts;
  if (const Json* value = Given(arguments, name)) {
    for (const Json& item : value->as_array()) texts.push_back(item.as_string());
  }
  return texts;
}

arrow::Result<Json> GetConfig(const ConfigLoadOptions& config_options, const Json&) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, MetaxyConfig::Load(config_options));
  Json json = WithoutSecrets(config.ToJson());
  json.Set("config_file", config.config_file() ? Json(config.config_file()->string()) : Json());
  return json;
}

// As `list features --format json`, with the names that this tool has in the reference.
arrow::Result<Json> ListedForTool(const FeatureGraph& graph, const FeatureDefinition& definition,
                                  bool verbose) {
  ARROW_ASSIGN_OR_RAISE(std::string version, graph.GetFeatureVersion(definition.key()));
  ARROW_ASSIGN_OR_RAISE(Json fields, FieldsToJson(graph, definition, verbose));
  const auto count = static_cast<int64_t>(fields.as_array().size());
  Json::Object feature = {
      {"key", definition.key().ToString()},
      {"version", std::move(version)},
      {"is_root", definition.spec.deps.empty()},
      {"project", definition.project},
      {"import_path",
       definition.feature_class_path ? Json(*definition.feature_class_path) : Json()},
      {"field_count", count},
      {"fields", std::move(fields)}};
  if (verbose && !definition.spec.deps.empty()) {
    Json::Array parents;
    for (const FeatureDep& dep : definition.spec.deps) parents.emplace_back(dep.feature.ToString());
    feature.emplace_back("deps", std::move(parents));
  }
  return Json(std::move(feature));
}

arrow::Result<Json> ListFeatures(const ConfigLoadOptions& config_options, const Json& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(config_options));
  const Json* wanted = Given(arguments, "project");
  Json::Array features;
  for (const FeatureDefinition& definition : project->graph()->definitions()) {
    if (wanted != nullptr && !wanted->as_string().empty() &&
        definition.project != wanted->as_string())
      continue;
    ARROW_ASSIGN_OR_RAISE(Json feature, ListedForTool(*project->graph(), definition,
                                                      Flag(arguments, "verbose", false)));
    features.push_back(std::move(feature));
  }
  const auto count = static_cast<int64_t>(features.size());
  return Json(Json::Object{{"feature_count", count}, {"features", std::move(features)}});
}

arrow::Result<const FeatureDefinition*> DefinitionOf(const Project& project,
                                                     const Json& arguments) {
  ARROW_ASSIGN_OR_RAISE(FeatureKey key,
                        FeatureKey::Make(arguments.Find("feature_key")->as_string()));
  return project.graph()->GetFeatureDefinition(key);
}

arrow::Result<Json> GetFeature(const ConfigLoadOptions& config_options, const Json& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(config_options));
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, DefinitionOf(*project, arguments));
  return definition->spec.ToJson();
}

arrow::Result<Json> ListStores(const ConfigLoadOptions& config_options, const Json&) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, MetaxyConfig::Load(config_options));
  Json::Array stores;
  for (const StoreConfig& store : config.stores)
    stores.emplace_back(Json::Object{{"name", store.name}, {"type", store.type}});
  return Json(std::move(stores));
}

arrow::Result<Json> GetStore(const ConfigLoadOptions& config_options, const Json& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(config_options));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        project->GetStore(arguments.Find("store_name")->as_string()));
  return Json(store->display());
}

// `sort_by` with `descending`, which is one value for all columns or one for each.
arrow::Result<std::vector<SortColumn>> SortOf(const Json& arguments) {
  std::vector<SortColumn> columns;
  for (const std::string& name : Texts(arguments, "sort_by")) columns.push_back({name});
  const Json* descending = Given(arguments, "descending");
  if (descending == nullptr) return columns;
  if (descending->is_array() && descending->as_array().size() != columns.size()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'descending' has {} values for {} columns of 'sort_by'",
                                 descending->as_array().size(), columns.size()));
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].descending =
        descending->is_array() ? descending->as_array()[i].as_bool() : descending->as_bool();
  }
  return columns;
}

arrow::Result<ReadOptions> ReadOptionsOf(const Json& arguments) {
  ReadOptions options;
  options.execution.stop_token = SignalStopToken();
  options.columns = Texts(arguments, "columns");
  ARROW_ASSIGN_OR_RAISE(options.filters, ParseFilters(Texts(arguments, "filters")));
  options.with_feature_history = Flag(arguments, "with_feature_history", false);
  options.with_sample_history = Flag(arguments, "with_sample_history", false);
  options.include_soft_deleted = Flag(arguments, "include_soft_deleted", false);
  options.allow_fallback = Flag(arguments, "allow_fallback", true);
  return options;
}

arrow::Result<Json> RowsOf(arrow::RecordBatchReader* reader, int64_t limit) {
  Json::Array rows;
  while (static_cast<int64_t>(rows.size()) < limit) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (static_cast<int64_t>(rows.size()) == limit) break;
      std::string text;
      ARROW_RETURN_NOT_OK(AppendJsonRow(*batch, row, &text));
      ARROW_ASSIGN_OR_RAISE(Json json, Json::Parse(text));
      rows.push_back(std::move(json));
    }
  }
  const auto count = static_cast<int64_t>(rows.size());
  Json::Array columns;
  for (const std::string& name : reader->schema()->field_names()) columns.emplace_back(name);
  return Json(Json::Object{
      {"columns", std::move(columns)}, {"rows", std::move(rows)}, {"total_rows", count}});
}

int64_t LimitOf(const Json& arguments) {
  constexpr int64_t kLimit = 50;
  const Json* limit = Given(arguments, "limit");
  if (limit == nullptr) return kLimit;
  const std::string& digits = limit->as_integer().digits;
  int64_t number = 0;
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return code == std::errc() ? number : std::numeric_limits<int64_t>::max();
}

arrow::Result<Json> GetMetadata(const ConfigLoadOptions& config_options, const Json& arguments) {
  ARROW_ASSIGN_OR_RAISE(ReadOptions options, ReadOptionsOf(arguments));
  ARROW_ASSIGN_OR_RAISE(std::vector<SortColumn> sort, SortOf(arguments));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project, Project::Load(config_options));
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, DefinitionOf(*project, arguments));
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      project->OpenStore(AccessMode::kRead, arguments.Find("store_name")->as_string(),
                         options.execution));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> reader,
                        store->Read(definition->key(), options));
  if (!sort.empty()) {
    ARROW_ASSIGN_OR_RAISE(reader, SortRows(reader.get(), sort));
  }
  ARROW_ASSIGN_OR_RAISE(Json rows, RowsOf(reader.get(), LimitOf(arguments)));
  ARROW_RETURN_NOT_OK(store->Close());
  return rows;
}

}  // namespace

std::vector<McpTool> McpTools() {
  return {
      {"get_config", "The whole configuration, with all defaults, as JSON.", kNothing, GetConfig},
      {"list_features",
       "All features with their versions and fields; of one project if it is named.",
       R"({"type": "object", "additionalProperties": false, "properties": {
           "project": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "description": "only features of this project"},
           "verbose": {"type": "boolean", "default": false, "description": "also which fields depend on which"}}})",
       ListFeatures},
      {"get_feature", "The whole definition of one feature.",
       R"({"type": "object", "additionalProperties": false, "required": ["feature_key"], "properties": {
           "feature_key": {"type": "string", "description": "such as video/crop"}}})",
       GetFeature},
      {"list_stores", "The stores of the configuration with their types.", kNothing, ListStores},
      {"get_store", "The type and location of a store, as a string.",
       R"({"type": "object", "additionalProperties": false, "required": ["store_name"], "properties": {
           "store_name": {"type": "string", "description": "its name in the configuration"}}})",
       GetStore},
      {"get_metadata", "Rows of a feature from a store.",
       R"({"type": "object", "additionalProperties": false, "required": ["feature_key", "store_name"], "properties": {
           "feature_key": {"type": "string", "description": "such as video/crop"},
           "store_name": {"type": "string", "description": "its name in the configuration"},
           "columns": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "default": null, "description": "only these columns"},
           "filters": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "default": null, "description": "filters on rows, such as n > 3"},
           "with_feature_history": {"type": "boolean", "default": false, "description": "also rows of other versions of the feature"},
           "with_sample_history": {"type": "boolean", "default": false, "description": "also superseded rows"},
           "include_soft_deleted": {"type": "boolean", "default": false, "description": "also rows that are marked as deleted"},
           "allow_fallback": {"type": "boolean", "default": true, "description": "read from fallback stores if this one lacks the feature"},
           "sort_by": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "default": null, "description": "columns to sort by"},
           "descending": {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "boolean"}}], "default": false, "description": "descending: for all columns, or for each"},
           "limit": {"type": "integer", "default": 50, "minimum": 0, "description": "at most this many rows"}}})",
       GetMetadata},
  };
}

}  // namespace metaxy::cli
