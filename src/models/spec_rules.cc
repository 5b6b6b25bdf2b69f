#include "models/spec_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/quote.h"

namespace metaxy {

namespace {

class Rules {
 public:
  std::vector<Problem> Take() { return std::move(problems_); }

  void Spec(const FeatureSpec& spec, const ValuePath& path) {
    Key(spec.key, path / "key");
    if (spec.id_columns.empty())
      Add(path / "id_columns", "name at least one column that identifies a sample");
    for (size_t i = 0; i < spec.deps.size(); ++i) Dep(spec.deps[i], path / "deps" / i);
    std::set<FieldKey> seen;
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      const FieldSpec& field = spec.fields[i];
      ValuePath place = path / "fields" / i;
      Field(field, place);
      if (!seen.insert(field.key).second) {
        Add(place / "key", "field " + Quote(field.key.ToString()) +
                               " is defined twice; every field needs a unique key");
      }
    }
    if (!spec.metadata.is_object()) Add(path / "metadata", "metadata must be an object");
  }

  void Definition(const FeatureDefinition& definition) {
    Spec(definition.spec, {"spec"});
    if (!definition.feature_schema.is_object())
      Add({"feature_schema"}, "the schema must be a JSON object");
    if (definition.project.empty())
      Add({"project"}, "name the project that the feature belongs to");
    if (!definition.provenance_by_field) return;
    if (!definition.is_external)
      Add({"provenance_by_field"}, "only an external feature can have explicit field versions");
    for (const auto& [field, version] : *definition.provenance_by_field) {
      Key(FieldKey(field), ValuePath{"provenance_by_field"} / field);
    }
  }

 private:
  void Add(ValuePath path, std::string message) {
    problems_.push_back({std::move(path), std::move(message)});
  }

  template <class K>
  void Key(const K& key, ValuePath path) {
    arrow::Status status = key.Validate();
    if (!status.ok()) Add(std::move(path), status.message());
  }

  void Field(const FieldSpec& field, const ValuePath& path) {
    Key(field.key, path / "key");
    if (field.deps.all && !field.deps.list.empty()) {
      Add(path / "deps", "field " + Quote(field.key.ToString()) +
                             " depends on all fields and on a list; use only one of them");
    }
    for (size_t i = 0; i < field.deps.list.size(); ++i) {
      const FieldDep& dep = field.deps.list[i];
      ValuePath place = path / "deps" / i;
      Key(dep.feature, place / "feature");
      if (dep.fields) Keys(*dep.fields, place / "fields");
    }
  }

  void Dep(const FeatureDep& dep, const ValuePath& path) {
    Key(dep.feature, path / "feature");
    Rename(dep, path);
    const FieldsMapping& mapping = dep.fields_mapping;
    ValuePath place = path / "fields_mapping" / "mapping";
    Keys(mapping.exclude_fields, place / "exclude_fields");
    for (const auto& [field, parents] : mapping.mapping) {
      Key(field, place / "mapping" / field.ToString());
      Keys(parents, place / "mapping" / field.ToString());
    }
    Lineage(dep.lineage, path / "lineage" / "relationship");
  }

  void Keys(const std::vector<FieldKey>& keys, const ValuePath& path) {
    for (size_t i = 0; i < keys.size(); ++i) Key(keys[i], path / i);
  }

  void Rename(const FeatureDep& dep, const ValuePath& path) {
    if (!dep.rename) return;
    std::set<std::string> old_names;
    std::set<std::string> new_names;
    for (const auto& [old_name, new_name] : *dep.rename) {
      if (!old_names.insert(old_name).second) {
        Add(path / "rename", "column " + Quote(old_name) + " of " + Quote(dep.feature.ToString()) +
                                 " is renamed twice");
      }
      new_names.insert(new_name);
    }
    if (!dep.select) return;
    std::set<std::string> reported;
    for (const std::string& column : *dep.select) {
      if (!old_names.contains(column) || new_names.contains(column) ||
          !reported.insert(column).second)
        continue;
      Add(path / "select", "selects column " + Quote(column) + " of " +
                               Quote(dep.feature.ToString()) +
                               " by its name before `rename`; use the new name");
    }
  }

  void Lineage(const LineageRelationship& lineage, const ValuePath& path) {
    using Type = LineageRelationship::Type;
    if (lineage.type == Type::kExpansion && !lineage.on) {
      Add(path / "on", "an expansion must name the columns that identify the parent's sample");
    }
    if (lineage.type == Type::kIdentity && lineage.on)
      Add(path / "on", "an identity (1:1) has no columns to group by");
    if (lineage.type != Type::kExpansion && lineage.id_generation_pattern) {
      Add(path / "id_generation_pattern", "only an expansion (1:N) generates ids");
    }
  }

  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> FindSpecProblems(const FeatureSpec& spec, const ValuePath& path) {
  Rules rules;
  rules.Spec(spec, path);
  return rules.Take();
}

std::vector<Problem> FindDefinitionProblems(const FeatureDefinition& definition) {
  Rules rules;
  rules.Definition(definition);
  return rules.Take();
}

std::string FeatureSubject(const FeatureKey& key) { return "feature " + Quote(key.ToString()); }

}  // namespace metaxy
