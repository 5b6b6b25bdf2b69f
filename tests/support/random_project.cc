#include "support/random_project.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using Names = std::vector<std::string>;

const std::vector<FieldKey>& FieldNames() {
  static const std::vector<FieldKey> names = {"audio", "frames",       "text",         "default",
                                              "meta",  "audio/french", "video/frames", "b-c"};
  return names;
}

std::vector<FieldKey> KeysOf(const FeatureSpec& spec) {
  std::vector<FieldKey> keys;
  for (const FieldSpec& field : spec.fields) keys.push_back(field.key);
  return keys;
}

bool HasVersions(const std::vector<FeatureSpec>& specs) {
  FeatureGraph graph;
  for (const FeatureSpec& spec : specs) {
    if (!graph.AddFeature(spec, "random").ok()) return false;
  }
  return graph.Validate().ok() && graph.GetFeatureVersion(specs.back().key).ok();
}

}  // namespace

// Makes the specs of a project, one after the other.
struct RandomProject::Maker {
  RandomProject* project;
  Random random;

  const RandomProjectOptions& options() const { return project->options_; }

  Names IdColumns(Unit unit) const {
    Names columns = project->base_;
    if (unit == Unit::kItem) columns.push_back("item");
    if (unit == Unit::kPart) columns.push_back("part");
    return columns;
  }

  SpecList<FieldSpec> Fields() {
    SpecList<FieldSpec> fields;
    for (FieldKey& key : random.Sample(FieldNames(), 1 + random.Below(3))) {
      fields.push_back(
          {.key = std::move(key),
           .code_version = random.Pick<std::string>({"1", "2", "v1.0", kDefaultCodeVersion})});
    }
    return fields;
  }

  FeatureKey Key(bool is_root) {
    const std::string number = std::to_string(project->specs_.size());
    const std::string before = is_root ? "raw/" : random.Pick<std::string>({"", "mid/", "out/x/"});
    return before + random.Pick<std::string>({"a", "e-x", "f_y"}) + number;
  }

  void Add(FeatureSpec spec, Unit unit) {
    project->units_[spec.key] = unit;
    project->prefixes_[spec.key] = "f" + std::to_string(project->specs_.size()) + "_";
    project->specs_.push_back(std::move(spec));
  }

  void AddRoot() {
    const Unit unit = options().lineages && random.Percent(35) ? Unit::kItem : Unit::kBase;
    FeatureSpec root{.key = Key(true), .id_columns = IdColumns(unit), .fields = Fields()};
    if (options().renames && random.Percent(30)) {
      root.id_columns[0] = "vid" + std::to_string(project->specs_.size());
    }
    Add(std::move(root), unit);
  }

  void AddDerived() {
    const FeatureKey key = Key(false);
    while (true) {
      const auto [spec, unit] = Derived(key);
      std::vector<FeatureSpec> specs = project->specs_;
      specs.push_back(spec);
      if (HasVersions(specs)) return Add(spec, unit);
    }
  }

  std::pair<FeatureSpec, Unit> Derived(const FeatureKey& key) {
    std::vector<const FeatureSpec*> known;
    for (const FeatureSpec& spec : project->specs_) known.push_back(&spec);
    const auto parents = random.Sample(known, random.Pick<size_t>({1, 1, 1, 2, 2, 3}));
    const auto unit_of = [&](const FeatureSpec* spec) { return project->units_.at(spec->key); };
    const Unit first = unit_of(parents[0]);
    const bool alike = std::all_of(parents.begin(), parents.end(),
                                   [&](const FeatureSpec* spec) { return unit_of(spec) == first; });
    Unit unit = Unit::kBase;
    if (alike && first != Unit::kBase && random.Percent(50)) unit = first;
    if (alike && first == Unit::kBase && options().lineages && random.Percent(30))
      unit = Unit::kPart;
    FeatureSpec spec{.key = key, .id_columns = IdColumns(unit), .fields = Fields()};
    for (size_t i = 0; i < parents.size(); ++i) {
      spec.deps.push_back(Dep(*parents[i], i, unit_of(parents[i]), unit));
    }
    if (options().mappings) FieldDependencies(&spec, parents);
    return {std::move(spec), unit};
  }

  FeatureDep Dep(const FeatureSpec& parent, size_t index, Unit from, Unit to) {
    FeatureDep dep{.feature = parent.key};
    Lineage(&dep, from, to);
    std::vector<std::pair<std::string, std::string>> rename;
    if (parent.id_columns[0] != project->base_[0])
      rename.emplace_back(parent.id_columns[0], project->base_[0]);
    Names ids = parent.id_columns;
    ids[0] = project->base_[0];
    if (dep.lineage.type == LineageRelationship::Type::kAggregation && index > 0) {
      // The finer ids of two aggregated parents must not collide.
      rename.emplace_back(ids.back(), ids.back() + std::to_string(index));
      ids.back() = rename.back().second;
    }
    const std::string prefix = project->prefixes_.at(parent.key);
    Names columns = {prefix + "n", prefix + "s"};
    if (options().renames && random.Percent(20)) {
      const std::string renamed = columns[0] + "_renamed";
      rename.emplace_back(columns[0], renamed);
      columns[0] = renamed;
    }
    if (!rename.empty()) dep.rename = rename;
    if (options().selects && random.Percent(30)) {
      dep.select = random.Sample(columns, random.Below(3));
      // Ids that are not selected do not order the rows of an aggregated group.
      dep.select->insert(dep.select->end(), ids.begin(), ids.end());
    }
    const bool has_number = !dep.select || std::find(dep.select->begin(), dep.select->end(),
                                                     columns[0]) != dep.select->end();
    if (options().filters && has_number && random.Percent(20)) {
      dep.filters = {columns[0] + " > " + std::to_string(random.Below(40)) + " OR " + columns[0] +
                     " IS NULL"};
    }
    dep.optional = options().optional && random.Percent(25);
    if (options().mappings) dep.fields_mapping = Mapping(parent);
    return dep;
  }

  void Lineage(FeatureDep* dep, Unit from, Unit to) {
    if (from == to) return;
    if (to == Unit::kPart) {
      dep->lineage = LineageRelationship::Expansion(project->base_);
    } else if (random.Percent(50)) {
      dep->lineage = LineageRelationship::Aggregation(project->base_);
    } else {
      dep->lineage = LineageRelationship::Aggregation();
    }
  }

  FieldsMapping Mapping(const FeatureSpec& parent) {
    const std::vector<FieldKey> keys = KeysOf(parent);
    switch (random.Below(9)) {
      case 0:
        return FieldsMapping::Default(/*match_suffix=*/true);
      case 1:
        return FieldsMapping::Default(false, {random.Pick(keys)});
      case 2:
        return FieldsMapping::All();
      case 3:
        return FieldsMapping::None();
      case 4: {
        std::vector<FieldsMapping::Entry> entries;
        for (const FieldKey& name : FieldNames()) {
          entries.emplace_back(name, random.Sample(keys, 1 + random.Below(keys.size())));
        }
        return FieldsMapping::Specific(std::move(entries));
      }
      default:
        return FieldsMapping::Default();
    }
  }

  void FieldDependencies(FeatureSpec* spec, const std::vector<const FeatureSpec*>& parents) {
    for (FieldSpec& field : spec->fields) {
      if (random.Percent(15)) {
        field.deps = FieldDeps::All();
      } else if (random.Percent(25)) {
        std::vector<FieldDep> deps;
        for (const FeatureSpec* parent : random.Sample(parents, 1 + random.Below(parents.size()))) {
          FieldDep dep{.feature = parent->key};
          const std::vector<FieldKey> keys = KeysOf(*parent);
          if (random.Percent(70)) dep.fields = random.Sample(keys, 1 + random.Below(keys.size()));
          deps.push_back(std::move(dep));
        }
        field.deps = FieldDeps(std::move(deps));
      }
    }
  }
};

RandomProject::RandomProject(uint64_t seed, const RandomProjectOptions& options)
    : seed_(seed), options_(options) {
  Maker maker{this, Random(seed)};
  base_ = maker.random.Percent(60) ? Names{"video_id"} : Names{"video_id", "day"};
  integer_ids_ = maker.random.Percent(40);
  const size_t roots = 1 + maker.random.Below(options.roots);
  for (size_t i = 0; i < roots; ++i) maker.AddRoot();
  const size_t derived = 2 + maker.random.Below(std::max<size_t>(options.derived, 2) - 1);
  for (size_t i = 0; i < derived; ++i) maker.AddDerived();
}

const FeatureSpec& RandomProject::Spec(const FeatureKey& key) const {
  return *std::find_if(specs_.begin(), specs_.end(),
                       [&](const FeatureSpec& spec) { return spec.key == key; });
}

std::vector<FeatureKey> RandomProject::Roots() const {
  std::vector<FeatureKey> keys;
  for (const FeatureSpec& spec : specs_) {
    if (spec.deps.empty()) keys.push_back(spec.key);
  }
  return keys;
}

std::vector<FeatureKey> RandomProject::Derived() const {
  std::vector<FeatureKey> keys;
  for (const FeatureSpec& spec : specs_) {
    if (!spec.deps.empty()) keys.push_back(spec.key);
  }
  return keys;
}

std::shared_ptr<FeatureGraph> RandomProject::GraphOf(const std::vector<FeatureSpec>& specs,
                                                     int truncation) {
  auto graph = std::make_shared<FeatureGraph>(truncation);
  for (const FeatureSpec& spec : specs) EXPECT_THAT(graph->AddFeature(spec, "random"), IsOk());
  EXPECT_THAT(graph->Validate(), IsOk());
  return graph;
}

std::shared_ptr<FeatureGraph> RandomProject::Graph(int truncation) const {
  return GraphOf(specs_, truncation);
}

bool IsExpanded(const FeatureSpec& spec) {
  return std::any_of(spec.deps.begin(), spec.deps.end(), [](const FeatureDep& dep) {
    return dep.lineage.type == LineageRelationship::Type::kExpansion;
  });
}

}  // namespace metaxy::testing
