#include "graph/field_deps.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

using Parents = std::vector<const FeatureSpec*>;

const FeatureSpec* FindParent(const Parents& parents, const FeatureKey& key) {
  for (const FeatureSpec* parent : parents) {
    if (parent->key == key) return parent;
  }
  return nullptr;
}

std::vector<FieldKey> AllFields(const FeatureSpec& parent) {
  std::vector<FieldKey> keys;
  keys.reserve(parent.fields.size());
  for (const FieldSpec& field : parent.fields) keys.push_back(field.key);
  return keys;
}

bool Contains(const std::vector<FieldKey>& keys, const FieldKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// "french" is a suffix of "audio/french".
bool IsSuffix(const FieldKey& suffix, const FieldKey& key) {
  return suffix.parts().size() <= key.parts().size() &&
         std::equal(suffix.parts().rbegin(), suffix.parts().rend(), key.parts().rbegin());
}

std::vector<FieldKey> MapByDefault(const FieldsMapping& mapping, const FieldKey& field,
                                   const FeatureSpec& parent) {
  std::vector<FieldKey> matching;
  std::vector<FieldKey> allowed;
  for (const FieldSpec& candidate : parent.fields) {
    if (Contains(mapping.exclude_fields, candidate.key)) continue;
    allowed.push_back(candidate.key);
    if (candidate.key == field || (mapping.match_suffix && IsSuffix(field, candidate.key))) {
      matching.push_back(candidate.key);
    }
  }
  return matching.empty() ? allowed : matching;
}

std::vector<FieldKey> MapSpecifically(const FieldsMapping& mapping, const FieldKey& field,
                                      const FeatureSpec& parent) {
  std::vector<FieldKey> matching;
  // As in a dict, the last of equal keys counts.
  auto entry =
      std::find_if(mapping.mapping.rbegin(), mapping.mapping.rend(),
                   [&](const FieldsMapping::Entry& candidate) { return candidate.first == field; });
  if (entry == mapping.mapping.rend()) return matching;
  for (const FieldSpec& candidate : parent.fields) {
    if (Contains(entry->second, candidate.key)) matching.push_back(candidate.key);
  }
  return matching;
}

std::vector<FieldKey> Map(const FieldsMapping& mapping, const FieldKey& field,
                          const FeatureSpec& parent) {
  switch (mapping.type) {
    case FieldsMapping::Type::kAll:
      return AllFields(parent);
    case FieldsMapping::Type::kNone:
      return {};
    case FieldsMapping::Type::kSpecific:
      return MapSpecifically(mapping, field, parent);
    case FieldsMapping::Type::kDefault:
      break;
  }
  return MapByDefault(mapping, field, parent);
}

std::string Subject(const FeatureSpec& feature, const FieldSpec& field) {
  return "field " + Quote(field.key.ToString()) + " of feature " + Quote(feature.key.ToString());
}

arrow::Result<std::vector<ParentFieldKeys>> ResolveExplicit(const FeatureSpec& feature,
                                                            const Parents& parents,
                                                            const FieldSpec& field) {
  std::vector<ParentFieldKeys> deps;
  if (field.deps.all) {
    for (const FeatureSpec* parent : parents) deps.emplace_back(parent->key, AllFields(*parent));
    return deps;
  }
  for (const FieldDep& dep : field.deps.list) {
    const FeatureSpec* parent = FindParent(parents, dep.feature);
    if (parent == nullptr) {
      return MakeError(ErrorCode::kInvalidDefinition,
                       Subject(feature, field) + " depends on fields of " +
                           Quote(dep.feature.ToString()) +
                           ", which is not among the feature's deps; add it there");
    }
    if (!dep.fields) {
      deps.emplace_back(parent->key, AllFields(*parent));
      continue;
    }
    for (const FieldKey& key : *dep.fields) {
      if (parent->FindField(key) != nullptr) continue;
      std::vector<std::string> known;
      for (const FieldSpec& candidate : parent->fields) known.push_back(candidate.key.ToString());
      return MakeError(ErrorCode::kInvalidDefinition,
                       Subject(feature, field) + " depends on field " + Quote(key.ToString()) +
                           " of " + Quote(dep.feature.ToString()) + ", which has no such field" +
                           DidYouMean(key.ToString(), known));
    }
    deps.emplace_back(parent->key, *dep.fields);
  }
  return deps;
}

}  // namespace

arrow::Result<std::vector<ParentFieldKeys>> ResolveFieldDeps(const FeatureSpec& feature,
                                                             const Parents& parents,
                                                             const FieldSpec& field) {
  std::vector<ParentFieldKeys> deps;
  if (feature.deps.empty()) return deps;
  if (field.deps.all || !field.deps.list.empty()) return ResolveExplicit(feature, parents, field);
  for (const FeatureDep& dep : feature.deps) {
    const FeatureSpec* parent = FindParent(parents, dep.feature);
    if (parent == nullptr) continue;
    std::vector<FieldKey> keys = Map(dep.fields_mapping, field.key, *parent);
    if (!keys.empty()) deps.emplace_back(dep.feature, std::move(keys));
  }
  if (deps.empty()) {
    return MakeError(ErrorCode::kInvalidDefinition,
                     Subject(feature, field) +
                         " has no parent field; give the field explicit deps, or add it to the "
                         "fields_mapping of a dependency of the feature");
  }
  return deps;
}

arrow::Result<std::vector<FQFieldKey>> ResolveParentFields(const FeatureSpec& feature,
                                                           const Parents& parents,
                                                           const FieldSpec& field) {
  ARROW_ASSIGN_OR_RAISE(std::vector<ParentFieldKeys> deps,
                        ResolveFieldDeps(feature, parents, field));
  std::map<std::string, FQFieldKey> by_text;
  for (auto& [parent, keys] : deps) {
    for (FieldKey& key : keys) {
      FQFieldKey full{parent, std::move(key)};
      std::string text = full.ToString();
      by_text.emplace(std::move(text), std::move(full));
    }
  }
  std::vector<FQFieldKey> fields;
  fields.reserve(by_text.size());
  for (auto& [text, full] : by_text) fields.push_back(std::move(full));
  return fields;
}

}  // namespace metaxy
