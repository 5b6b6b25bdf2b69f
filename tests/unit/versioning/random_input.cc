#include "random_input.h"

namespace metaxy::testing {
namespace {

FeatureDep Optional(FeatureDep dep) {
  dep.optional = true;
  return dep;
}

}  // namespace

// Parents: `p` and `q` with ids a, b; `r` with id a. All have a string `g*` and a number `n*`.
std::vector<Kind> Kinds() {
  const SpecList<FieldSpec> fields = {"x", "y"};
  using Lineage = LineageRelationship;
  const auto make = [&](std::vector<std::string> ids, SpecList<FeatureDep> deps) {
    return FeatureSpec{
        .key = "child", .id_columns = std::move(ids), .deps = std::move(deps), .fields = fields};
  };
  const FeatureDep p{.feature = "p"};
  const FeatureDep q{.feature = "q"};
  const FeatureDep renamed_q{.feature = "q", .rename = {{{"b", "qb"}}}};
  const FeatureDep r{.feature = "r"};
  const FeatureDep grouped{.feature = "p", .lineage = Lineage::Aggregation({{"a"}})};
  return {
      {"identity", make({"a", "b"}, {p})},
      {"identity, ids in another order", make({"b", "a"}, {p})},
      {"two parents", make({"a", "b"}, {p, q})},
      {"optional parent", make({"a", "b"}, {p, Optional(q)})},
      {"optional parent first", make({"a", "b"}, {Optional(q), p})},
      {"all optional", make({"a", "b"}, {Optional(p), Optional(q)})},
      {"three, all optional", make({"a"}, {Optional(p), Optional(r), Optional(renamed_q)})},
      {"join by some ids", make({"a", "b"}, {p, r})},
      {"aggregation", make({"a"}, {grouped})},
      {"aggregation by a column that is not an id",
       make({"gp"}, {{.feature = "p", .lineage = Lineage::Aggregation()}})},
      {"aggregation and identity", make({"a"}, {r, grouped})},
      {"optional aggregation", make({"a"}, {r, Optional(grouped)})},
      {"aggregation by more than is joined",
       make({"a"}, {r, {.feature = "p", .lineage = Lineage::Aggregation({{"a", "gp"}})}})},
      {"expansion",
       make({"a", "b", "c"}, {{.feature = "p", .lineage = Lineage::Expansion({"a", "b"})}})},
      {"expansion of part of the ids",
       make({"a", "c"}, {{.feature = "r", .lineage = Lineage::Expansion({"a"})}})},
      {"expansion by a column that is not an id",
       make({"a", "c"}, {{.feature = "p", .lineage = Lineage::Expansion({"gp"})}})},
      {"rename and filter",
       make({"k", "b"},
            {{.feature = "p", .rename = {{{"a", "k"}, {"np", "m"}}}, .filters = {{"m < 8"}}}})},
  };
}

}  // namespace metaxy::testing
