#include "project/definitions_toml.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "config/source_value.h"
#include "config/toml_reader.h"
#include "metaxy/errors.h"
#include "models/class_path.h"
#include "models/spec_reader.h"
#include "models/spec_rules.h"
#include "models/value_reader.h"
#include "project/column_schema.h"
#include "project/definition_list.h"
#include "project/toml_shorthands.h"

namespace metaxy {

namespace {

using internal::SourceValue;

std::string PlaceOf(const internal::Origin& origin) {
  std::string text = origin.ToString();
  return origin.column > 0 ? text + ":" + std::to_string(origin.column) : text;
}

// The location of the value at a path. Steps that exist only in the JSON (shorthands omit them) are
// skipped; if the path ends early (something is missing) the location is that of its parent.
std::string PlaceOf(const SourceValue& feature, const ValuePath& path) {
  const SourceValue* node = &feature;
  for (const auto& step : path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (const SourceValue* member = node->Find(*name)) node = member;
    } else {
      size_t index = std::get<size_t>(step);
      if (!node->is_array() || index >= node->items().size()) break;
      node = &node->items()[index];
    }
  }
  return PlaceOf(node->origin());
}

class FeatureReader {
 public:
  FeatureReader(const SourceValue& source, const std::string& stem,
                const std::string& default_project)
      : source_(source), json_(source.ToJson()), stem_(stem), reader_(json_, {}, &problems_) {
    project_ = default_project;
  }

  FeatureDefinition Read() {
    Json spec = Json::Object{};
    for (const char* name : {"key", "id_columns", "metadata", "description"}) Copy(name, &spec);
    if (const Json* deps = reader_.Take("deps")) spec.Set("deps", ExpandDeps(*deps));
    if (const Json* fields = reader_.Take("fields")) spec.Set("fields", ExpandFields(*fields));

    FeatureDefinition definition;
    definition.spec = ReadSpec(spec, {}, &problems_);
    ReadProject(&definition);
    ReadClassPath(&definition);
    ReadColumns(&definition);
    ReadExternal(&definition);
    definition.source = source_.origin().ToString();
    reader_.Finish();
    return definition;
  }

  /// All errors, each with its location; empty if there are none.
  std::vector<std::string> Errors() const {
    std::vector<std::string> errors;
    std::string subject = SubjectOfSpec(&json_);
    for (const Problem& problem : problems_.list()) {
      std::string text = PlaceOf(source_, problem.path) + ": " + subject;
      if (!problem.path.empty()) text += ", " + PathText(problem.path);
      errors.push_back(text + ": " + problem.message);
    }
    return errors;
  }

 private:
  void Copy(const char* name, Json* spec) {
    if (const Json* value = reader_.Take(name)) spec->Set(name, *value);
  }

  void ReadProject(FeatureDefinition* definition) {
    definition->project = project_;
    const Json* given = reader_.Take("project");
    if (given != nullptr)
      definition->project = ReadText(*given, {"project"}, &problems_).value_or("?");
    if (definition->project.empty()) {
      problems_.Add({"project"}, "no project is known; set `project` in metaxy.toml, or here");
    }
  }

  void ReadClassPath(FeatureDefinition* definition) {
    definition->feature_class_path = stem_ + "." + ClassName(definition->key());
    if (const Json* given = reader_.Take("feature_class_path")) {
      definition->feature_class_path = ReadText(*given, {"feature_class_path"}, &problems_);
    }
  }

  void ReadColumns(FeatureDefinition* definition) {
    const Json* columns = reader_.Take("columns");
    if (columns == nullptr) return;
    size_t before = problems_.list().size();
    definition->feature_schema =
        SchemaOfColumns(*columns, ClassName(definition->key()), {"columns"}, &problems_);
    if (problems_.list().size() > before) return;
    const Json* properties = definition->feature_schema.Find("properties");
    for (const std::string& column : definition->spec.id_columns) {
      if (properties->Find(column) != nullptr) continue;
      problems_.Add({"columns"},
                    "id column " + Quote(column) + " is missing; add it, or leave out `columns`");
    }
  }

  // `external = true`, or a table as in JSON.
  void ReadExternal(FeatureDefinition* definition) {
    const Json* external = reader_.Take("external");
    if (external == nullptr || (external->is_bool() && !external->as_bool())) return;
    Json entry = Json::Object{
        {"spec", definition->spec.ToJson()}, {"feature_schema", Json::Object{}}, {"project", "?"}};
    entry.Set("external", external->is_bool() ? Json(Json::Object{}) : *external);
    Problems problems;
    FeatureDefinition placeholder = ReadDefinition(entry, &problems);
    for (const Problem& problem : problems.list()) {
      bool is_own =
          !problem.path.empty() && problem.path[0] != decltype(problem.path)::value_type("spec");
      if (is_own) problems_.Add(problem.path, problem.message);
    }
    definition->is_external = true;
    definition->feature_class_path.reset();
    definition->on_version_mismatch = placeholder.on_version_mismatch;
    definition->provenance_by_field = std::move(placeholder.provenance_by_field);
  }

  const SourceValue& source_;
  Json json_;
  std::string stem_;
  std::string project_;
  Problems problems_;
  ObjectReader reader_;
};

}  // namespace

arrow::Result<std::vector<FeatureDefinition>> ReadDefinitionsToml(
    const std::filesystem::path& path, const std::string& default_project) {
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadDefinitionsFile(path));
  return ParseDefinitionsToml(text, path.string(), path.stem().string(), default_project);
}

arrow::Result<std::vector<FeatureDefinition>> ParseDefinitionsToml(
    std::string_view text, const std::string& name, const std::string& stem,
    const std::string& default_project) {
  arrow::Result<SourceValue> root = internal::ParseToml(text, name);
  if (!root.ok()) return MakeError(ErrorCode::kInvalidDefinition, root.status().message());
  DefinitionList list;
  for (const auto& [member, value] : root->members()) {
    if (member != "feature") {
      list.AddError(PlaceOf(value.origin()) + ": there is no member " + Quote(member) +
                    "; write a table [[feature]] for each feature");
      continue;
    }
    if (!value.is_array()) {
      list.AddError(PlaceOf(value.origin()) +
                    ": `feature` must be a list of tables; write [[feature]]");
      continue;
    }
    for (const SourceValue& item : value.items()) {
      if (!item.is_object()) {
        list.AddError(PlaceOf(item.origin()) + ": a feature must be a table, not " +
                      std::string(item.KindName()));
        continue;
      }
      FeatureReader reader(item, stem, default_project);
      FeatureDefinition definition = reader.Read();
      std::vector<std::string> errors = reader.Errors();
      for (std::string& error : errors) list.AddError(std::move(error));
      if (errors.empty()) list.Add(std::move(definition), PlaceOf(item.origin()));
    }
  }
  return list.Finish();
}

}  // namespace metaxy
