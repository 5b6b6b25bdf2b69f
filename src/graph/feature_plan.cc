#include <algorithm>
#include <string>
#include <vector>

#include "base/quote.h"
#include "graph/field_deps.h"
#include "metaxy/errors.h"
#include "metaxy/graph.h"

namespace metaxy {

namespace {

std::vector<const FeatureSpec*> Pointers(const std::vector<FeatureSpec>& specs) {
  std::vector<const FeatureSpec*> pointers;
  pointers.reserve(specs.size());
  for (const FeatureSpec& spec : specs) pointers.push_back(&spec);
  return pointers;
}

arrow::Result<const FieldSpec*> RequireField(const FeatureSpec& feature, const FieldKey& key) {
  if (const FieldSpec* field = feature.FindField(key)) return field;
  return MakeError(ErrorCode::kFieldNotFound, "feature " + Quote(feature.key.ToString()) +
                                                  " has no field " + Quote(key.ToString()));
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

const FeatureSpec* FeaturePlan::FindParent(const FeatureKey& key) const {
  for (const FeatureSpec& parent : parents_) {
    if (parent.key == key) return &parent;
  }
  return nullptr;
}

const FeatureDep* FeaturePlan::FindDep(const FeatureKey& key) const {
  // Of two dependencies on one feature the last one counts, as in the reference's dict.
  for (auto dep = feature_.deps.rbegin(); dep != feature_.deps.rend(); ++dep) {
    if (dep->feature == key) return &*dep;
  }
  return nullptr;
}

arrow::Result<std::vector<FQFieldKey>> FeaturePlan::ParentFields(const FieldKey& field) const {
  ARROW_ASSIGN_OR_RAISE(const FieldSpec* spec, RequireField(feature_, field));
  return ResolveParentFields(feature_, Pointers(parents_), *spec);
}

arrow::Result<std::vector<std::pair<FeatureKey, std::vector<FieldKey>>>>
FeaturePlan::FieldDependencies(const FieldKey& field) const {
  ARROW_ASSIGN_OR_RAISE(const FieldSpec* spec, RequireField(feature_, field));
  ARROW_ASSIGN_OR_RAISE(std::vector<ParentFieldKeys> all,
                        ResolveFieldDeps(feature_, Pointers(parents_), *spec));
  // For a parent that is named twice the last one counts, at the position of the first.
  std::vector<ParentFieldKeys> merged;
  for (ParentFieldKeys& dep : all) {
    auto known = std::find_if(merged.begin(), merged.end(), [&](const ParentFieldKeys& other) {
      return other.first == dep.first;
    });
    if (known == merged.end()) {
      merged.push_back(std::move(dep));
    } else {
      known->second = std::move(dep.second);
    }
  }
  return merged;
}

std::vector<std::string> FeaturePlan::InputIdColumns(const FeatureDep& dep) const {
  const FeatureSpec* parent = FindParent(dep.feature);
  if (parent == nullptr) return {};
  using Type = LineageRelationship::Type;
  if (dep.lineage.type == Type::kExpansion)
    return dep.lineage.on.value_or(std::vector<std::string>());
  if (dep.lineage.type == Type::kAggregation) return dep.lineage.on.value_or(feature_.id_columns);
  std::vector<std::string> columns = parent->id_columns;
  if (!dep.rename) return columns;
  for (std::string& column : columns) {
    for (const auto& [old_name, new_name] : *dep.rename) {
      if (column != old_name) continue;
      column = new_name;
      break;
    }
  }
  return columns;
}

std::vector<std::string> FeaturePlan::input_id_columns() const {
  std::vector<std::string> shared;
  bool first = true;
  for (const FeatureDep& dep : feature_.deps) {
    std::vector<std::string> columns = InputIdColumns(dep);
    if (columns.empty()) continue;
    if (first) {
      for (std::string& column : columns) {
        if (!Contains(shared, column)) shared.push_back(std::move(column));
      }
      first = false;
    } else {
      std::erase_if(shared, [&](const std::string& column) { return !Contains(columns, column); });
    }
  }
  return shared;
}

std::vector<std::string> FeaturePlan::join_columns() const {
  std::vector<std::string> shared = input_id_columns();
  return shared.empty() ? feature_.id_columns : shared;
}

}  // namespace metaxy
