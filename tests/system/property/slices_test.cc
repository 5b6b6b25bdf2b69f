// Slices of an increment: read by other stores, they are its rows, however it is cut.
#include "metaxy/distributed.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

std::shared_ptr<arrow::Table> ReadInSlices(const LazyIncrement& increment, IncrementPart part,
                                           int64_t rows, MetadataStore& reader, Random* random) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (int64_t begin = 0; begin < rows || tables.empty();) {
    const auto most = static_cast<size_t>(rows - begin);
    const auto count = static_cast<int64_t>(std::min(most, 1 + random->Below(7)));
    const std::string slice = Get(SliceIncrement(increment, part, begin, count));
    tables.push_back(Get(Get(ReadSlice(reader, slice))->ToTable()));
    EXPECT_EQ(tables.back()->num_rows(), count);
    begin += count;
  }
  return Get(arrow::ConcatenateTables(tables));
}

void SlicesAreTheIncrement(uint64_t seed, const StoreFactory& factory) {
  const RandomProject project(seed);
  Pipeline pipeline(project, factory);
  Random random(seed);
  RootRows rows = RowsForAll(project, 15 + random.Below(15));
  pipeline.UpdateAll(rows);
  for (auto& [root, samples] : rows) {
    std::erase_if(samples, [&](const SampleRow&) { return random.Percent(20); });
    for (SampleRow& row : samples) row.version += random.Below(2);
    samples.push_back({.number = 1000});
  }
  for (const FeatureSpec& spec : project.specs()) {
    ResolveUpdateOptions options;
    if (spec.deps.empty()) options.samples = project.Samples(spec.key, rows.at(spec.key));
    const auto lazy = Get(pipeline.store().ResolveUpdateLazy(spec.key, options));
    const Increment whole = Get(lazy->Collect());
    const auto reader =
        factory({.graph = project.Graph(), .project = "test", .name = "another one"});
    ASSERT_THAT(reader->Open(AccessMode::kRead), IsOk());
    for (const auto& [part, table] : {std::pair(IncrementPart::kNew, whole.new_samples),
                                      std::pair(IncrementPart::kStale, whole.stale),
                                      std::pair(IncrementPart::kOrphaned, whole.orphaned)}) {
      const auto read = ReadInSlices(*lazy, part, table->num_rows(), *reader, &random);
      EXPECT_TRUE(read->schema()->Equals(*table->schema())) << spec.key;
      EXPECT_EQ(Contents(*read), Contents(*table)) << spec.key;
    }
    pipeline.Write(spec.key, whole);
  }
}

TEST(SlicesProperty, AreTheIncrement) {
  ForSeeds(1, 20, [](uint64_t seed) { SlicesAreTheIncrement(seed, InMemory()); });
}

#ifdef METAXY_WITH_LANCEDB
TEST(SlicesProperty, OnLanceDB) {
  ForSeeds(1, 8, [](uint64_t seed) {
    const TempDir directory;
    SlicesAreTheIncrement(seed, OnLanceDB(directory));
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
