// Stored rows other than the latest: older rows, deleted ones, other versions of a feature.
#include "metaxy/filter.h"
#include "metaxy/system_columns.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

void ExpectSameIncrements(const Increment& left, const Increment& right) {
  EXPECT_EQ(Contents(*left.new_samples), Contents(*right.new_samples));
  EXPECT_EQ(Contents(*left.stale), Contents(*right.stale));
  EXPECT_EQ(Contents(*left.orphaned), Contents(*right.orphaned));
}

RootRows InVersion(RootRows rows, uint64_t version) {
  for (auto& [root, samples] : rows) {
    for (SampleRow& row : samples) row.version = row.number % 2 == 0 ? version : 0;
  }
  return rows;
}

// Only the latest row of a sample counts, however many there are.
void LengthOfHistory(uint64_t seed, const StoreFactory& short_one, const StoreFactory& long_one) {
  const RandomProject project(seed);
  Pipeline brief(project, short_one);
  Pipeline old(project, long_one);
  const RootRows rows = RowsForAll(project, 10);
  const RootRows last = InVersion(rows, 1 + seed % 2);
  brief.UpdateAll(rows);
  old.UpdateAll(rows);
  for (uint64_t version = 3; version < 9; ++version) {
    for (const FeatureKey& root : project.Roots()) old.Update(root, InVersion(rows, version));
  }
  for (const FeatureSpec& spec : project.specs()) {
    if (spec.deps.empty()) {
      brief.Update(spec.key, last);
      old.Update(spec.key, last);
    } else {
      const Increment increment = brief.Resolve(spec.key, last);
      ExpectSameIncrements(old.Resolve(spec.key, last), increment);
      brief.Write(spec.key, increment);
      old.Write(spec.key, increment);
    }
    EXPECT_EQ(Contents(*old.Read(spec.key)), Contents(*brief.Read(spec.key))) << spec.key;
  }
}

// Rows of a feature's own columns, so that a filter applies to whole samples.
std::vector<arrow::compute::Expression> SomeRows(const FeatureSpec& root) {
  return {Get(ParseFilter(root.id_columns[0] + " IS NOT NULL AND f0_n < 50"))};
}

// Deleted samples are gone for every reader, however they were deleted; when they are given again,
// they are new, and their downstream rows reappear as if nothing had happened.
void DeleteThenResolve(uint64_t seed, const StoreFactory& soft_one, const StoreFactory& hard_one) {
  const RandomProject project(seed);
  Pipeline soft(project, soft_one);
  Pipeline hard(project, hard_one);
  const RootRows rows = RowsForAll(project, 12);
  soft.UpdateAll(rows);
  hard.UpdateAll(rows);
  const FeatureSpec& root = project.specs()[0];
  const auto whole = Keys(*soft.Read(root.key), root.id_columns);
  ASSERT_THAT(soft.store().Delete(root.key, SomeRows(root)), IsOk());
  ASSERT_THAT(hard.store().Delete(root.key, SomeRows(root), {.soft = false}), IsOk());
  const auto left = Keys(*soft.Read(root.key), root.id_columns);
  EXPECT_EQ(Contents(*soft.Read(root.key)), Contents(*hard.Read(root.key)));

  Increment increment = soft.Resolve(root.key, rows);
  EXPECT_EQ(Keys(*increment.new_samples, root.id_columns).size(), whole.size() - left.size());
  EXPECT_EQ(increment.stale->num_rows() + increment.orphaned->num_rows(), 0);
  for (const FeatureKey& child : project.Derived())
    ExpectSameIncrements(soft.Resolve(child, rows), hard.Resolve(child, rows));

  soft.Write(root.key, increment);
  hard.Update(root.key, rows);
  for (const FeatureKey& child : project.Derived()) {
    for (Pipeline* pipeline : {&soft, &hard}) {
      increment = pipeline->Resolve(child, rows);
      EXPECT_EQ(increment.new_samples->num_rows() + increment.stale->num_rows() +
                    increment.orphaned->num_rows(),
                0)
          << child;
    }
  }
}

// If everything of a feature is deleted, all its samples are new, and nothing else has to be done
// to restore them.
void DeleteEverything(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  Pipeline pipeline(project, factory);
  const RootRows rows = RowsForAll(project, 9);
  pipeline.UpdateAll(rows);
  Random random(seed);
  const FeatureKey feature = random.Pick(project.Derived());
  const auto before = Contents(*pipeline.Read(feature));
  ASSERT_THAT(pipeline.store().Delete(feature, {}, {.soft = seed % 2 == 0}), IsOk());
  EXPECT_EQ(pipeline.Read(feature)->num_rows(), 0);
  const Increment increment = pipeline.Resolve(feature, rows);
  EXPECT_EQ(Contents(*increment.new_samples), Contents(*pipeline.Expected(feature, rows)));
  EXPECT_EQ(increment.stale->num_rows() + increment.orphaned->num_rows(), 0);
  pipeline.Write(feature, increment);
  EXPECT_EQ(Contents(*pipeline.Read(feature)), before);
}

// A new code version makes all samples new for the features that get a new version; no other
// feature has anything to do once its parents are up to date.
void ACodeVersionMakesAllNew(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  const RootRows rows = RowsForAll(project, 9);
  Pipeline before(project, factory);
  before.UpdateAll(rows);
  Random random(seed);
  std::vector<FeatureSpec> specs = project.specs();
  FeatureSpec& spec = specs[random.Below(specs.size())];
  spec.fields[random.Below(spec.fields.size())].code_version += "x";
  Pipeline after(project, factory, RandomProject::GraphOf(specs));
  for (const FeatureSpec& each : specs) {
    const bool is_new = Get(before.graph().GetFeatureVersion(each.key)) !=
                        Get(after.graph().GetFeatureVersion(each.key));
    const Increment increment = after.Resolve(each.key, rows);
    EXPECT_EQ(Contents(*increment.new_samples),
              is_new ? Contents(*after.Expected(each.key, rows)) : std::vector<std::string>())
        << each.key;
    EXPECT_EQ(increment.stale->num_rows() + increment.orphaned->num_rows(), 0) << each.key;
    after.Write(each.key, increment);
    // Rows written for the old version are still valid under the old definitions.
    EXPECT_EQ(before.Resolve(each.key, rows).new_samples->num_rows(), 0) << each.key;
  }
}

TEST(HistoryProperty, LengthDoesNotMatter) {
  ForSeeds(1, 40, [](uint64_t seed) { LengthOfHistory(seed, InMemory(), InMemory()); });
}

TEST(HistoryProperty, DeleteThenResolve) {
  ForSeeds(1, 40, [](uint64_t seed) { DeleteThenResolve(seed, InMemory(), InMemory()); });
}

TEST(HistoryProperty, DeleteEverything) {
  ForSeeds(1, 40, [](uint64_t seed) { DeleteEverything(seed, InMemory()); });
}

TEST(HistoryProperty, ACodeVersionMakesAllNew) {
  ForSeeds(1, 60, [](uint64_t seed) { ACodeVersionMakesAllNew(seed, InMemory()); });
}

#ifdef METAXY_WITH_LANCEDB
TEST(HistoryProperty, OnLanceDB) {
  ForSeeds(301, 302, [](uint64_t seed) {
    const TempDir first;
    const TempDir second;
    LengthOfHistory(seed, OnLanceDB(first), OnLanceDB(second));
    const TempDir third;
    const TempDir fourth;
    DeleteThenResolve(seed, OnLanceDB(third), OnLanceDB(fourth));
    const TempDir fifth;
    DeleteEverything(seed, OnLanceDB(fifth));
    const TempDir sixth;
    ACodeVersionMakesAllNew(seed, OnLanceDB(sixth));
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
