#include "system/property/permutations.h"

namespace metaxy::testing {
namespace {

void Fields(FeatureSpec* spec, Random* random) { random->Shuffle(&spec->fields); }

void Dependencies(FeatureSpec* spec, Random* random) { random->Shuffle(&spec->deps); }

void FieldDependencies(FeatureSpec* spec, Random* random) {
  for (FieldSpec& field : spec->fields) {
    random->Shuffle(&field.deps.list);
    for (FieldDep& dep : field.deps.list) {
      if (dep.fields) random->Shuffle(&*dep.fields);
    }
  }
}

void Selects(FeatureSpec* spec, Random* random) {
  for (FeatureDep& dep : spec->deps) {
    if (dep.select) random->Shuffle(&*dep.select);
  }
}

void Renames(FeatureSpec* spec, Random* random) {
  for (FeatureDep& dep : spec->deps) {
    if (dep.rename) random->Shuffle(&*dep.rename);
  }
}

void SpecificMappings(FeatureSpec* spec, Random* random) {
  for (FeatureDep& dep : spec->deps) {
    random->Shuffle(&dep.fields_mapping.mapping);
    for (auto& [field, parents] : dep.fields_mapping.mapping) random->Shuffle(&parents);
  }
}

void Metadata(FeatureSpec* spec, Random* random) { random->Shuffle(&spec->metadata.as_object()); }

}  // namespace

const std::vector<Permutation>& Permutations() {
  static const std::vector<Permutation> permutations = {
      {"fields", Fields, true},
      {"dependencies", Dependencies, true},
      {"dependencies of fields", FieldDependencies, true},
      {"selected columns", Selects, true},
      {"renames", Renames, false},
      {"specific mappings", SpecificMappings, false},
      {"metadata", Metadata, false}};
  return permutations;
}

std::vector<FeatureSpec> Permuted(std::vector<FeatureSpec> specs, const Permutation& permutation,
                                  Random* random) {
  for (FeatureSpec& spec : specs) permutation.apply(&spec, random);
  return specs;
}

}  // namespace metaxy::testing
