// Versions derived from the definitions: what changes them, and what does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "metaxy/graph.h"
#include "support/matchers.h"
#include "support/random_project.h"
#include "system/property/permutations.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

constexpr int kTruncation = 64;

std::map<std::string, std::string> FieldVersions(const FeatureGraph& graph) {
  std::map<std::string, std::string> versions;
  for (const FeatureKey& key : graph.ListFeatures()) {
    for (const auto& [field, version] : Get(graph.GetFeatureVersionByField(key)))
      versions[key.ToString() + "." + field] = version;
  }
  return versions;
}

std::map<std::string, std::string> FeatureVersions(const FeatureGraph& graph) {
  std::map<std::string, std::string> versions;
  for (const FeatureKey& key : graph.ListFeatures())
    versions[key.ToString()] = Get(graph.GetFeatureVersion(key));
  return versions;
}

std::vector<FeatureSpec> SpecsWithMetadata(const RandomProject& project) {
  std::vector<FeatureSpec> specs = project.specs();
  for (FeatureSpec& spec : specs)
    spec.metadata = Json::Object{{"owner", "ann"}, {"n", 1}, {"é", Json::Array{1.5, nullptr}}};
  return specs;
}

TEST(VersionProperty, OrderInDefinitions) {
  for (const Permutation& permutation : Permutations()) {
    SCOPED_TRACE(permutation.name);
    size_t changed_texts = 0;
    ForSeeds(1, 100, [&](uint64_t seed) {
      const RandomProject project(seed);
      Random random(seed);
      const auto specs = SpecsWithMetadata(project);
      const auto permuted = Permuted(specs, permutation, &random);
      const auto before = RandomProject::GraphOf(specs, kTruncation);
      const auto after = RandomProject::GraphOf(permuted, kTruncation);
      EXPECT_EQ(FieldVersions(*before), FieldVersions(*after));
      EXPECT_EQ(FeatureVersions(*before), FeatureVersions(*after));
      bool any_changed = false;
      for (size_t i = 0; i < specs.size(); ++i) {
        const bool same_list = specs[i] == permuted[i];
        const bool same_version = specs[i].feature_spec_version(kTruncation) ==
                                  permuted[i].feature_spec_version(kTruncation);
        EXPECT_EQ(same_version, same_list || !permutation.changes_spec_version)
            << specs[i].key << ": " << specs[i].ToJson().DumpPython() << "\n"
            << permuted[i].ToJson().DumpPython();
        if (!same_list) ++changed_texts;
        any_changed |= !same_version;
      }
      EXPECT_EQ(before->GetProjectVersion("random") == after->GetProjectVersion("random"),
                !any_changed);
    });
    EXPECT_GT(changed_texts, 20U) << "the permutation was hardly ever tried";
  }
}

TEST(VersionProperty, OrderOfFeaturesInTheGraph) {
  ForSeeds(1, 100, [](uint64_t seed) {
    const RandomProject project(seed);
    Random random(seed);
    std::vector<FeatureSpec> specs = project.specs();
    random.Shuffle(&specs);
    const auto before = project.Graph(kTruncation);
    const auto after = RandomProject::GraphOf(specs, kTruncation);
    EXPECT_EQ(FieldVersions(*before), FieldVersions(*after));
    EXPECT_EQ(FeatureVersions(*before), FeatureVersions(*after));
    EXPECT_EQ(before->GetProjectVersion("random"), after->GetProjectVersion("random"));
  });
}

// The id columns decide how rows are joined, not the version of a feature.
TEST(VersionProperty, IdColumnsAreInNoFeatureVersion) {
  ForSeeds(1, 60, [](uint64_t seed) {
    const RandomProject project(seed, {.lineages = false});
    std::vector<FeatureSpec> specs = project.specs();
    for (FeatureSpec& spec : specs) std::reverse(spec.id_columns.begin(), spec.id_columns.end());
    const auto after = RandomProject::GraphOf(specs, kTruncation);
    EXPECT_EQ(FeatureVersions(*project.Graph(kTruncation)), FeatureVersions(*after));
  });
}

// A new code version affects the fields that depend on it, directly or transitively, and no others.
TEST(VersionProperty, ACodeVersionReachesExactlyWhatDependsOnIt) {
  ForSeeds(1, 100, [](uint64_t seed) {
    const RandomProject project(seed);
    Random random(seed);
    std::vector<FeatureSpec> specs = project.specs();
    FeatureSpec& spec = specs[random.Below(specs.size())];
    FieldSpec& field = spec.fields[random.Below(spec.fields.size())];
    field.code_version += "x";
    const auto before = project.Graph(kTruncation);
    const auto after = RandomProject::GraphOf(specs, kTruncation);

    std::set<std::string> reached = {FQFieldKey{spec.key, field.key}.ToString()};
    std::set<std::string> reached_features = {spec.key.ToString()};
    for (const FeatureSpec& child : specs) {
      const FeaturePlan plan = Get(before->GetFeaturePlan(child.key));
      for (const FieldSpec& own : child.fields) {
        for (const FQFieldKey& parent : Get(plan.ParentFields(own.key))) {
          if (!reached.contains(parent.ToString())) continue;
          reached.insert(FQFieldKey{child.key, own.key}.ToString());
          reached_features.insert(child.key.ToString());
        }
      }
    }
    const auto new_fields = FieldVersions(*after);
    for (const auto& [name, version] : FieldVersions(*before))
      EXPECT_EQ(new_fields.at(name) != version, reached.contains(name)) << name;
    const auto new_features = FeatureVersions(*after);
    for (const auto& [name, version] : FeatureVersions(*before))
      EXPECT_EQ(new_features.at(name) != version, reached_features.contains(name)) << name;
  });
}

}  // namespace
}  // namespace metaxy::testing
