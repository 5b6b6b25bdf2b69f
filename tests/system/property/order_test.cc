// Neither the order in which rows arrive nor the order of definitions changes the version of a row.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include <algorithm>
#include <numeric>

#include "metaxy/system_columns.h"
#include "system/property/permutations.h"
#include "system/property/pipeline.h"

namespace metaxy::testing {
namespace {

using Contentses = std::map<FeatureKey, std::vector<std::string>>;

// With other definitions the project's version differs.
const std::set<std::string>& WithoutProject() {
  static const std::set<std::string> columns = {std::string(kProjectVersion)};
  return columns;
}

std::shared_ptr<arrow::Table> Shuffled(const std::shared_ptr<arrow::Table>& table, Random* random) {
  std::vector<int64_t> order(static_cast<size_t>(table->num_rows()));
  std::iota(order.begin(), order.end(), int64_t{0});
  random->Shuffle(&order);
  arrow::Int64Builder indices;
  EXPECT_THAT(indices.AppendValues(order), IsOk());
  return Get(arrow::compute::Take(table, Get(indices.Finish()))).table();
}

std::shared_ptr<arrow::Table> WithShuffledColumns(const std::shared_ptr<arrow::Table>& table,
                                                  Random* random) {
  std::vector<int> order(static_cast<size_t>(table->num_columns()));
  std::iota(order.begin(), order.end(), 0);
  random->Shuffle(&order);
  return Get(table->SelectColumns(order));
}

// The content of each feature after two rounds of updates.
Contentses RunRounds(Pipeline& pipeline, const RandomProject& project, uint64_t seed) {
  RootRows rows = RowsForAll(project, 10 + seed % 7);
  pipeline.UpdateAll(rows);
  for (auto& [root, samples] : rows) {
    for (SampleRow& row : samples) row.version = row.number % 3;
    samples.pop_back();
  }
  pipeline.UpdateAll(rows);
  Contentses contents;
  for (const FeatureSpec& spec : project.specs())
    contents[spec.key] = Contents(*pipeline.Read(spec.key), WithoutProject());
  return contents;
}

Contentses RunShaped(const RandomProject& project, uint64_t seed, const StoreFactory& factory,
                     Pipeline::Shaper shaper) {
  Pipeline pipeline(project, factory);
  pipeline.set_shaper(std::move(shaper));
  return RunRounds(pipeline, project, seed);
}

void OrderOfRowsAndColumns(uint64_t seed, const StoreFactory& plain, const StoreFactory& rows,
                           const StoreFactory& columns) {
  const RandomProject project(seed);
  Random random(seed);
  const Contentses expected = RunShaped(project, seed, plain, nullptr);
  EXPECT_EQ(RunShaped(project, seed, rows,
                      [&](const FeatureKey&, auto table) { return Shuffled(table, &random); }),
            expected);
  EXPECT_EQ(
      RunShaped(project, seed, columns,
                [&](const FeatureKey&, auto table) { return WithShuffledColumns(table, &random); }),
      expected);
}

// Writes a part in several calls, each of several batches.
void WriteInPieces(MetadataStore& store, const FeatureKey& feature,
                   const std::shared_ptr<arrow::Table>& rows, Random* random) {
  int64_t from = 0;
  while (from < rows->num_rows()) {
    const int64_t length = 1 + static_cast<int64_t>(random->Below(5));
    auto reader = std::make_shared<arrow::TableBatchReader>(rows->Slice(from, length));
    reader->set_chunksize(1 + static_cast<int64_t>(random->Below(3)));
    ASSERT_THAT(store.Write(feature, reader), IsOk());
    from += length;
  }
}

void BatchesAndCalls(uint64_t seed, const StoreFactory& plain, const StoreFactory& pieces) {
  const RandomProject project(seed);
  Random random(seed);
  Pipeline whole(project, plain);
  Pipeline cut(project, pieces);
  const RootRows rows = RowsForAll(project, 11);
  for (const FeatureSpec& spec : project.specs()) {
    const Increment increment = whole.Resolve(spec.key, rows);
    // The parents of both have the same content, so both must do the same.
    EXPECT_EQ(Contents(*cut.Resolve(spec.key, rows).new_samples), Contents(*increment.new_samples));
    whole.Write(spec.key, increment);
    auto part = increment.new_samples;
    if (!spec.deps.empty()) part = project.Computed(spec.key, *part);
    // An empty write creates the table, too.
    ASSERT_THAT(cut.store().Write(spec.key, part->Slice(0, 0)), IsOk());
    WriteInPieces(cut.store(), spec.key, Shuffled(part, &random), &random);
    EXPECT_EQ(Contents(*cut.Read(spec.key)), Contents(*whole.Read(spec.key))) << spec.key;
    EXPECT_EQ(Contents(*cut.Read(spec.key, {.execution = {.batch_size = 2}})),
              Contents(*whole.Read(spec.key)));
  }
}

std::vector<std::string> MemberNames(const arrow::Table& table, std::string_view column) {
  std::vector<std::string> names;
  for (const auto& field : table.GetColumnByName(std::string(column))->type()->fields())
    names.push_back(field->name());
  return names;
}

TEST(OrderProperty, RowsAndColumns) {
  ForSeeds(1, 40,
           [](uint64_t seed) { OrderOfRowsAndColumns(seed, InMemory(), InMemory(), InMemory()); });
}

TEST(OrderProperty, BatchesAndCalls) {
  ForSeeds(1, 40, [](uint64_t seed) { BatchesAndCalls(seed, InMemory(), InMemory()); });
}

TEST(OrderProperty, Definitions) {
  for (const Permutation& permutation : Permutations()) {
    SCOPED_TRACE(permutation.name);
    ForSeeds(1, 25, [&](uint64_t seed) {
      const RandomProject project(seed);
      Random random(seed);
      const auto graph = RandomProject::GraphOf(Permuted(project.specs(), permutation, &random));
      Pipeline plain(project, InMemory());
      Pipeline permuted(project, InMemory(), graph);
      EXPECT_EQ(RunRounds(permuted, project, seed), RunRounds(plain, project, seed));
    });
  }
}

// The members of the struct are in field order; the hashed strings are not.
TEST(OrderProperty, MembersStandAsTheFieldsDo) {
  ForSeeds(1, 30, [](uint64_t seed) {
    const RandomProject project(seed);
    std::vector<FeatureSpec> specs = project.specs();
    for (FeatureSpec& spec : specs) std::reverse(spec.fields.begin(), spec.fields.end());
    Pipeline pipeline(project, InMemory(), RandomProject::GraphOf(specs));
    const RootRows rows = RowsForAll(project, 5);
    for (const FeatureSpec& spec : specs) {
      const Increment increment = pipeline.Resolve(spec.key, rows);
      if (!spec.deps.empty()) {
        std::vector<std::string> names;
        for (const FieldSpec& field : spec.fields) names.push_back(field.key.ToStructKey());
        EXPECT_EQ(MemberNames(*increment.new_samples, kProvenanceByField), names) << spec.key;
        EXPECT_EQ(MemberNames(*increment.new_samples, kDataVersionByField), names) << spec.key;
      }
      pipeline.Write(spec.key, increment);
    }
  });
}

#ifdef METAXY_WITH_LANCEDB
TEST(OrderProperty, OnLanceDB) {
  ForSeeds(201, 202, [](uint64_t seed) {
    const TempDir plain;
    const TempDir rows;
    const TempDir columns;
    OrderOfRowsAndColumns(seed, OnLanceDB(plain), OnLanceDB(rows), OnLanceDB(columns));
    const TempDir whole;
    const TempDir pieces;
    BatchesAndCalls(seed, OnLanceDB(whole), OnLanceDB(pieces));
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
