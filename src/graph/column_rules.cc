// FeaturePlan::ValidateColumns: detects colliding columns before anything is read.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/quote.h"
#include "metaxy/graph.h"
#include "metaxy/system_columns.h"
#include "models/problems.h"
#include "models/spec_rules.h"

namespace metaxy {

namespace {

using Columns = std::vector<std::string>;

std::string Renamed(const FeatureDep& dep, const std::string& column) {
  if (dep.rename) {
    for (const auto& [old_name, new_name] : *dep.rename) {
      if (old_name == column) return new_name;
    }
  }
  return column;
}

bool Contains(const Columns& columns, const std::string& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

void CheckRenames(const FeatureDep& dep, const FeatureSpec* parent, const ValuePath& path,
                  Problems* problems) {
  if (!dep.rename) return;
  std::string of = " of " + Quote(dep.feature.ToString());
  std::set<std::string> targets;
  std::set<std::string> reported;
  for (const auto& [old_name, new_name] : *dep.rename) {
    std::string what = "renames column " + Quote(old_name) + of + " to " + Quote(new_name);
    if (IsSystemColumn(new_name)) {
      problems->Add(path / "rename", what + ", a system column; choose another name");
    }
    if (parent != nullptr && Contains(parent->id_columns, new_name)) {
      problems->Add(path / "rename", what + ", an id column" + of + "; choose another name");
    }
    if (!targets.insert(new_name).second && reported.insert(new_name).second) {
      problems->Add(path / "rename", "renames several columns" + of + " to " + Quote(new_name));
    }
  }
}

// The columns taken from a parent with a `select`, without system columns.
Columns SelectedColumns(const FeatureDep& dep, const FeatureSpec* parent) {
  Columns columns = *dep.select;
  auto add = [&](const std::string& column) {
    std::string renamed = Renamed(dep, column);
    if (!Contains(columns, renamed)) columns.push_back(std::move(renamed));
  };
  bool has_on = dep.lineage.type != LineageRelationship::Type::kIdentity && dep.lineage.on &&
                !dep.lineage.on->empty();
  if (has_on) {
    for (const std::string& column : *dep.lineage.on) add(column);
  } else if (parent != nullptr) {
    for (const std::string& column : parent->id_columns) add(column);
  }
  std::string suffix = dep.feature.ToColumnSuffix();
  std::erase_if(columns, [&](const std::string& column) {
    constexpr std::string_view kLoaded[] = {kProvenanceByField, kProvenance, kDataVersionByField,
                                            kDataVersion};
    return std::any_of(std::begin(kLoaded), std::end(kLoaded),
                       [&](std::string_view name) { return column == std::string(name) + suffix; });
  });
  return columns;
}

// Versions are stored in structs whose members are named by ToStructKey(): "a/b" and "a_b" would
// collide there.
void CheckStructKeys(const FeatureSpec& feature, Problems* problems) {
  std::map<std::string, const FieldKey*> members;
  for (size_t i = 0; i < feature.fields.size(); ++i) {
    const FieldKey& key = feature.fields[i].key;
    auto [it, is_new] = members.emplace(key.ToStructKey(), &key);
    if (is_new) continue;
    problems->Add(ValuePath{"fields"} / i / "key",
                  "fields " + Quote(it->second->ToString()) + " and " + Quote(key.ToString()) +
                      " would both be stored as " + Quote(it->first) + "; rename one of them");
  }
}

}  // namespace

arrow::Status FeaturePlan::ValidateColumns() const {
  Problems problems;
  CheckStructKeys(feature_, &problems);
  std::map<std::string, int> uses;
  std::set<std::string> id_columns;
  for (size_t i = 0; i < feature_.deps.size(); ++i) {
    const FeatureDep& dep = feature_.deps[i];
    const FeatureSpec* parent = FindParent(dep.feature);
    CheckRenames(dep, parent, ValuePath{"deps"} / i, &problems);
    if (dep.select) {
      for (std::string& column : SelectedColumns(dep, parent)) ++uses[std::move(column)];
    }
    if (parent != nullptr) {
      for (const std::string& column : parent->id_columns) id_columns.insert(Renamed(dep, column));
    }
    for (std::string& column : InputIdColumns(dep)) id_columns.insert(std::move(column));
  }
  for (const auto& [column, count] : uses) {
    if (count < 2 || id_columns.contains(column)) continue;
    problems.Add({"deps"}, "column " + Quote(column) +
                               " is selected more than once; rename it in all dependencies but "
                               "one, or do not select it");
  }
  return problems.ToStatus(FeatureSubject(feature_.key));
}

}  // namespace metaxy
