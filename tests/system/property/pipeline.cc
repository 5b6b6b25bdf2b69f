#include "system/property/pipeline.h"

#include <arrow/scalar.h>

#include <algorithm>

#include "metaxy/system_columns.h"
#include "support/memory_store.h"

#ifdef METAXY_WITH_LANCEDB
#include "metaxy/lancedb_metadata_store.h"
#endif

namespace metaxy::testing {
namespace {

std::string Text(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return "null";
  if (scalar.type->id() != arrow::Type::STRUCT) return scalar.ToString();
  const auto& value = static_cast<const arrow::StructScalar&>(scalar);
  std::map<std::string, std::string> members;
  for (size_t i = 0; i < value.value.size(); ++i) {
    members[scalar.type->field(static_cast<int>(i))->name()] = Text(*value.value[i]);
  }
  std::string text;
  for (const auto& [name, member] : members) text += name + ":" + member + " ";
  return "{" + text + "}";
}

bool IsTime(const std::string& name) {
  return name.starts_with(kCreatedAt) || name.starts_with(kUpdatedAt) ||
         name.starts_with(kDeletedAt);
}

}  // namespace

StoreFactory InMemory() {
  return [database = std::make_shared<MemoryDatabase>()](MetadataStoreOptions options) {
    return MemoryMetadataStore::Make(database, std::move(options));
  };
}

#ifdef METAXY_WITH_LANCEDB
StoreFactory OnLanceDB(const TempDir& directory) {
  return [uri = directory.path().string()](MetadataStoreOptions options) {
    return Get(LanceDBMetadataStore::Make({.uri = uri}, std::move(options)));
  };
}
#endif

std::vector<std::string> Contents(const arrow::Table& table, const std::set<std::string>& without) {
  std::map<std::string, std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const auto& field : table.schema()->fields()) {
    if (!IsTime(field->name()) && !without.contains(field->name()))
      columns[field->name()] = table.GetColumnByName(field->name());
  }
  std::vector<std::string> rows;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    std::string text;
    for (const auto& [name, column] : columns)
      text += name + "=" + Text(*Get(column->GetScalar(row))) + "; ";
    rows.push_back(std::move(text));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::set<std::string> Keys(const arrow::Table& table, const std::vector<std::string>& columns) {
  std::set<std::string> keys;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    std::string key;
    for (const std::string& name : columns)
      key += "|" + Text(*Get(table.GetColumnByName(name)->GetScalar(row)));
    keys.insert(std::move(key));
  }
  return keys;
}

Pipeline::Pipeline(const RandomProject& project, const StoreFactory& factory,
                   std::shared_ptr<FeatureGraph> graph)
    : project_(project),
      store_(factory({.graph = graph ? std::move(graph) : project.Graph(),
                      .project = "random",
                      .name = "dev"})) {
  EXPECT_THAT(store_->Open(AccessMode::kWrite), IsOk());
}

FeaturePlan Pipeline::Plan(const FeatureKey& feature) const {
  return Get(graph().GetFeaturePlan(feature));
}

Increment Pipeline::Resolve(const FeatureKey& feature, const RootRows& rows,
                            ResolveUpdateOptions options) {
  const auto samples = rows.find(feature);
  if (project_.Spec(feature).deps.empty())
    options.samples = project_.Samples(
        feature, samples == rows.end() ? std::vector<SampleRow>() : samples->second);
  return Get(store_->ResolveUpdate(feature, options));
}

void Pipeline::Write(const FeatureKey& feature, const Increment& increment) {
  for (auto part : {increment.new_samples, increment.stale}) {
    if (!project_.Spec(feature).deps.empty()) part = project_.Computed(feature, *part);
    if (shaper_) part = shaper_(feature, std::move(part));
    EXPECT_THAT(store_->Write(feature, part), IsOk()) << feature;
  }
}

void Pipeline::Update(const FeatureKey& feature, const RootRows& rows) {
  Write(feature, Resolve(feature, rows));
}

void Pipeline::UpdateAll(const RootRows& rows) {
  for (const FeatureSpec& spec : project_.specs()) Update(spec.key, rows);
}

std::shared_ptr<arrow::Table> Pipeline::Read(const FeatureKey& feature,
                                             const ReadOptions& options) {
  return Get(Get(store_->Read(feature, options))->ToTable());
}

std::shared_ptr<arrow::Table> Pipeline::Expected(const FeatureKey& feature, const RootRows& rows) {
  return Resolve(feature, rows, {.skip_comparison = true}).new_samples;
}

RootRows RowsForAll(const RandomProject& project, size_t count) {
  RootRows rows;
  for (const FeatureKey& root : project.Roots()) rows[root] = FirstRows(count);
  return rows;
}

void ForSeeds(uint64_t first, uint64_t last, const std::function<void(uint64_t)>& property) {
  for (uint64_t seed = first; seed <= last && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    property(seed);
  }
}

}  // namespace metaxy::testing
