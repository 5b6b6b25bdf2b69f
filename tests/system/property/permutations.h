// The same features, defined in a different order.
#pragma once

#include <string>
#include <vector>

#include "metaxy/feature_spec.h"
#include "support/random.h"

namespace metaxy::testing {

/// A change of the order of something in the definitions, and which versions it changes. Feature
/// versions are computed from names in a canonical order; spec versions from the whole JSON, in
/// which lists keep their order and objects do not.
struct Permutation {
  std::string name;
  void (*apply)(FeatureSpec* spec, Random* random);
  bool changes_spec_version;
};

const std::vector<Permutation>& Permutations();

/// The specs after a permutation of each.
std::vector<FeatureSpec> Permuted(std::vector<FeatureSpec> specs, const Permutation& permutation,
                                  Random* random);

}  // namespace metaxy::testing
