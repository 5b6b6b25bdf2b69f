// Invariants of every increment: nothing is left to do after a write, and the three parts are
// disjoint and complete.
#include <algorithm>
#include <iterator>

#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

using KeySet = std::set<std::string>;

KeySet Minus(const KeySet& left, const KeySet& right) {
  KeySet result;
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::inserter(result, result.end()));
  return result;
}

KeySet Both(const KeySet& left, const KeySet& right) {
  KeySet result;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                        std::inserter(result, result.end()));
  return result;
}

// Some rows change, some disappear, some are added.
RootRows Changed(const RandomProject& project, const RootRows& before, Random* random) {
  RootRows rows;
  for (const FeatureKey& root : project.Roots()) {
    rows[root] = {};
    for (SampleRow row : before.at(root)) {
      if (random->Percent(15)) continue;
      if (random->Percent(30)) row.version += 1 + random->Below(2);
      rows[root].push_back(row);
    }
    // Numbers that no row of an earlier round has.
    const size_t more = random->Below(4);
    const size_t first = before.at(root).empty() ? 0 : before.at(root).back().number + 1;
    for (size_t i = 0; i < more; ++i) rows[root].push_back({.number = first + 2 * i});
  }
  return rows;
}

void ExpectNothingToDo(Pipeline& pipeline, const FeatureKey& feature, const RootRows& rows) {
  const Increment increment = pipeline.Resolve(feature, rows);
  EXPECT_EQ(increment.new_samples->num_rows(), 0) << feature;
  EXPECT_EQ(increment.stale->num_rows(), 0) << feature;
  // Samples that have disappeared stay orphaned until they are deleted.
  const auto columns = pipeline.Plan(feature).join_columns();
  EXPECT_EQ(Keys(*increment.orphaned, columns),
            Minus(Keys(*pipeline.Read(feature), columns),
                  Keys(*pipeline.Expected(feature, rows), columns)))
      << feature;
}

void NothingIsLeftAfterAWrite(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  Pipeline pipeline(project, factory);
  Random random(seed);
  RootRows rows = RowsForAll(project, 8 + random.Below(12));
  for (int round = 0; round < 3; ++round) {
    for (const FeatureSpec& spec : project.specs()) {
      pipeline.Update(spec.key, rows);
      ExpectNothingToDo(pipeline, spec.key, rows);
    }
    rows = Changed(project, rows, &random);
  }
}

void PartsAreDisjointAndComplete(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  Pipeline pipeline(project, factory);
  Random random(seed);
  RootRows rows = RowsForAll(project, 8 + random.Below(12));
  pipeline.UpdateAll(rows);
  for (int round = 0; round < 2; ++round) {
    rows = Changed(project, rows, &random);
    for (const FeatureSpec& spec : project.specs()) {
      const auto columns = pipeline.Plan(spec.key).join_columns();
      const KeySet current = Keys(*pipeline.Read(spec.key), columns);
      const KeySet expected = Keys(*pipeline.Expected(spec.key, rows), columns);
      const Increment increment = pipeline.Resolve(spec.key, rows);
      const KeySet stale = Keys(*increment.stale, columns);
      EXPECT_EQ(Keys(*increment.new_samples, columns), Minus(expected, current)) << spec.key;
      EXPECT_EQ(Keys(*increment.orphaned, columns), Minus(current, expected)) << spec.key;
      EXPECT_EQ(Minus(stale, Both(current, expected)), KeySet()) << spec.key;
      pipeline.Write(spec.key, increment);
    }
  }
}

// A lazy increment and one in memory are equal, whatever the batch size.
void LazyIsEager(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  Pipeline pipeline(project, factory);
  Random random(seed);
  RootRows rows = RowsForAll(project, 10);
  pipeline.UpdateAll(rows);
  rows = Changed(project, rows, &random);
  for (const FeatureSpec& spec : project.specs()) {
    const Increment eager = pipeline.Resolve(spec.key, rows);
    ResolveUpdateOptions options{.execution = {.batch_size = 1 + static_cast<int64_t>(seed % 4)}};
    if (spec.deps.empty()) options.samples = project.Samples(spec.key, rows.at(spec.key));
    const auto lazy = Get(pipeline.store().ResolveUpdateLazy(spec.key, options));
    const IncrementCounts counts{eager.new_samples->num_rows(), eager.stale->num_rows(),
                                 eager.orphaned->num_rows()};
    EXPECT_EQ(lazy->counts(), counts) << spec.key;
    // Readers can be requested in any order, and more than once.
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(Contents(*Get(Get(lazy->stale())->ToTable())), Contents(*eager.stale)) << spec.key;
      EXPECT_EQ(Contents(*Get(Get(lazy->new_samples())->ToTable())), Contents(*eager.new_samples));
      EXPECT_EQ(Contents(*Get(Get(lazy->orphaned())->ToTable())), Contents(*eager.orphaned));
    }
    pipeline.Write(spec.key, eager);
  }
}

TEST(IncrementProperty, NothingIsLeftAfterAWrite) {
  ForSeeds(1, 60, [](uint64_t seed) { NothingIsLeftAfterAWrite(seed, InMemory()); });
}

TEST(IncrementProperty, PartsAreDisjointAndComplete) {
  ForSeeds(1, 60, [](uint64_t seed) { PartsAreDisjointAndComplete(seed, InMemory()); });
}

TEST(IncrementProperty, LazyIsEager) {
  ForSeeds(1, 30, [](uint64_t seed) { LazyIsEager(seed, InMemory()); });
}

#ifdef METAXY_WITH_LANCEDB
TEST(IncrementProperty, OnLanceDB) {
  ForSeeds(1, 3, [](uint64_t seed) {
    const TempDir first;
    NothingIsLeftAfterAWrite(seed, OnLanceDB(first));
    const TempDir second;
    PartsAreDisjointAndComplete(seed, OnLanceDB(second));
    const TempDir third;
    LazyIsEager(seed, OnLanceDB(third));
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
