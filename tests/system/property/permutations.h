// The same features, written down in another order.
#pragma once

#include <string>
#include <vector>

#include "metaxy/feature_spec.h"
#include "support/random.h"

namespace metaxy::testing {

/// A change of the order in which something is listed in definitions, and which versions it
/// changes. Feature versions are made of names in an order of their own; spec versions of the whole
/// text, in which lists keep their order and objects do not.
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
