// An overlay of stores against its plain definition: of each sample, the rows of the nearest store
// that has any; for every lineage, for a feature itself and for its parents.
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>

#include <algorithm>

#include "support/memory_store.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

using Database = std::shared_ptr<MemoryDatabase>;

std::shared_ptr<MetadataStore> Open(const Database& database, MetadataStoreOptions options) {
  auto store = MemoryMetadataStore::Make(database, std::move(options));
  EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
  return store;
}

// Some of the rows, some of them in other versions.
RootRows Some(const RandomProject& project, size_t count, Random* random) {
  RootRows rows;
  for (const FeatureKey& root : project.Roots()) {
    rows[root] = {};
    for (SampleRow row : FirstRows(count)) {
      if (random->Percent(45)) continue;
      row.version = random->Below(3);
      rows[root].push_back(row);
    }
  }
  return rows;
}

// A store that was worked on by itself: updated, changed again, and some of it deleted.
Database Filled(const RandomProject& project, size_t count, const std::string& only,
                Random* random) {
  auto database = std::make_shared<MemoryDatabase>();
  Pipeline pipeline(project, [&](MetadataStoreOptions options) {
    return MemoryMetadataStore::Make(database, std::move(options));
  });
  // A column that other stores lack.
  pipeline.set_shaper([&](const FeatureKey&, std::shared_ptr<arrow::Table> rows) {
    const auto column = std::make_shared<arrow::ChunkedArray>(
        Get(arrow::MakeArrayFromScalar(arrow::Int64Scalar(7), rows->num_rows())));
    return Get(rows->AddColumn(0, arrow::field(only, arrow::int64()), column));
  });
  for (int round = 0; round < 2; ++round) pipeline.UpdateAll(Some(project, count, random));
  for (const FeatureSpec& spec : project.specs()) {
    if (!random->Percent(50)) continue;
    const auto rows = pipeline.Read(spec.key);
    if (rows->num_rows() == 0) continue;
    const auto version = Get(rows->GetColumnByName("metaxy_data_version")
                                 ->GetScalar(static_cast<int64_t>(
                                     random->Below(static_cast<size_t>(rows->num_rows())))));
    EXPECT_THAT(
        pipeline.store().Delete(spec.key, {"metaxy_data_version = '" + version->ToString() + "'"}),
        IsOk());
  }
  // A branch does not have everything.
  for (const FeatureSpec& spec : project.specs()) {
    if (!random->Percent(20)) continue;
    EXPECT_THAT(pipeline.store().DropFeatureMetadata(spec.key), IsOk());
  }
  return database;
}

// The plain definition, as a database.
Database Union(const RandomProject& project, const std::vector<Database>& nearest_first) {
  auto all = std::make_shared<MemoryDatabase>();
  auto concatenated = arrow::ConcatenateTablesOptions::Defaults();
  concatenated.unify_schemas = true;
  for (const FeatureSpec& spec : project.specs()) {
    std::set<std::string> seen;
    std::vector<std::shared_ptr<arrow::Table>> tables;
    for (const Database& database : nearest_first) {
      if (database->tables.count(spec.key.table_name()) == 0) continue;
      auto store = Open(database, {.graph = project.Graph(), .project = "random"});
      const auto rows = Get(Get(store->Read(spec.key, {.include_soft_deleted = true}))->ToTable());
      std::set<std::string> own;
      arrow::BooleanBuilder mask;
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        const std::string key = *Keys(*rows->Slice(row, 1), spec.id_columns).begin();
        EXPECT_THAT(mask.Append(!seen.contains(key)), IsOk());
        own.insert(key);
      }
      seen.merge(own);
      const arrow::Datum kept =
          Get(arrow::compute::Filter(arrow::Datum(rows), arrow::Datum(Get(mask.Finish()))));
      tables.push_back(kept.table());
    }
    if (!tables.empty())
      all->tables[spec.key.table_name()] = Get(arrow::ConcatenateTables(tables, concatenated));
  }
  return all;
}

void ExpectEqual(const Increment& one, const Increment& other, const FeatureKey& feature) {
  EXPECT_EQ(Contents(*one.new_samples), Contents(*other.new_samples)) << feature;
  EXPECT_EQ(Contents(*one.stale), Contents(*other.stale)) << feature;
  EXPECT_EQ(Contents(*one.orphaned), Contents(*other.orphaned)) << feature;
}

// How many samples there were to compare.
struct Compared {
  int64_t rows = 0;
  int64_t parts = 0;
};

void Compare(const RandomProject& project, MetadataStore& overlay, MetadataStore& plain,
             const RootRows& samples, Compared* compared) {
  for (const FeatureSpec& spec : project.specs()) {
    const auto read = overlay.Read(spec.key);
    const auto expected = plain.Read(spec.key);
    EXPECT_EQ(read.ok(), expected.ok()) << spec.key;
    if (read.ok() && expected.ok()) {
      const auto rows = Get((*expected)->ToTable());
      EXPECT_EQ(Contents(*Get((*read)->ToTable())), Contents(*rows)) << spec.key;
      EXPECT_EQ(Get(overlay.CountRows(spec.key)), rows->num_rows()) << spec.key;
      compared->rows += rows->num_rows();
    }
    ResolveUpdateOptions options;
    if (spec.deps.empty()) options.samples = project.Samples(spec.key, samples.at(spec.key));
    const auto one = overlay.ResolveUpdate(spec.key, options);
    const auto other = plain.ResolveUpdate(spec.key, options);
    EXPECT_EQ(one.ok(), other.ok()) << spec.key;
    if (!one.ok() || !other.ok()) continue;
    ExpectEqual(*one, *other, spec.key);
    compared->parts +=
        other->new_samples->num_rows() + other->stale->num_rows() + other->orphaned->num_rows();
  }
}

TEST(OverlayProperty, IsTheUnionBySampleOfTheNearestStores) {
  Compared compared;
  ForSeeds(1, 60, [&](uint64_t seed) {
    const RandomProject project(seed);
    Random random(seed);
    const size_t count = 6 + random.Below(10);
    const Database near = Filled(project, count, "near_only", &random);
    const Database middle = Filled(project, count, "middle_only", &random);
    const Database far = Filled(project, count, "far_only", &random);
    const auto options = [&](const char* name,
                             std::vector<std::shared_ptr<MetadataStore>> fallbacks) {
      return MetadataStoreOptions{.graph = project.Graph(),
                                  .project = "random",
                                  .name = name,
                                  .fallback_stores = std::move(fallbacks),
                                  .fallback = FallbackMode::kOverlay};
    };
    const auto prod = Open(far, options("far", {}));
    const auto staging = Open(middle, options("middle", {prod}));
    const auto plain = Open(Union(project, {near, middle, far}), options("plain", {}));
    const RootRows samples = Some(project, count, &random);
    // A chain of overlays, and a list.
    Compare(project, *Open(near, options("near", {staging})), *plain, samples, &compared);
    const auto alone = Open(middle, options("middle", {}));
    Compare(project, *Open(near, options("near", {alone, prod})), *plain, samples, &compared);
  });
  EXPECT_GT(compared.rows, 5000);
  EXPECT_GT(compared.parts, 5000);
}

}  // namespace
}  // namespace metaxy::testing
