// A random project on a store: rows are added at the roots, and all features are brought up to
// date.
#pragma once

#include <arrow/table.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "metaxy/metadata_store.h"
#include "support/matchers.h"
#include "support/random_project.h"
#include "support/temp_dir.h"

namespace metaxy::testing {

/// Creates stores on one database, with the given options.
using StoreFactory = std::function<std::shared_ptr<MetadataStore>(MetadataStoreOptions)>;

/// A factory of stores in memory; each factory has a database of its own.
StoreFactory InMemory();
#ifdef METAXY_WITH_LANCEDB
/// A factory of stores on a local LanceDB.
StoreFactory OnLanceDB(const TempDir& directory);
#endif

/// The content of a table: a string per row, sorted. Columns and struct members are by name, so
/// their order does not matter; timestamps are omitted, and so are the columns of `without`.
std::vector<std::string> Contents(const arrow::Table& table,
                                  const std::set<std::string>& without = {});

/// The distinct values of columns, as strings.
std::set<std::string> Keys(const arrow::Table& table, const std::vector<std::string>& columns);

/// The samples that each root has.
using RootRows = std::map<FeatureKey, std::vector<SampleRow>>;

class Pipeline {
 public:
  /// Changes the rows to be written for a feature.
  using Shaper = std::function<std::shared_ptr<arrow::Table>(const FeatureKey&,
                                                             std::shared_ptr<arrow::Table>)>;

  /// The graph is the project's own if none is given.
  Pipeline(const RandomProject& project, const StoreFactory& factory,
           std::shared_ptr<FeatureGraph> graph = nullptr);

  MetadataStore& store() { return *store_; }
  const FeatureGraph& graph() const { return *store_->graph(); }
  FeaturePlan Plan(const FeatureKey& feature) const;

  /// The samples of a root are `rows`; other features resolve from their parents.
  Increment Resolve(const FeatureKey& feature, const RootRows& rows,
                    ResolveUpdateOptions options = {});
  /// Writes the new and stale rows of an increment, as a pipeline would.
  void Write(const FeatureKey& feature, const Increment& increment);
  void Update(const FeatureKey& feature, const RootRows& rows);
  /// Every feature, parents first.
  void UpdateAll(const RootRows& rows);

  std::shared_ptr<arrow::Table> Read(const FeatureKey& feature, const ReadOptions& options = {});
  /// The expected rows, whatever is stored.
  std::shared_ptr<arrow::Table> Expected(const FeatureKey& feature, const RootRows& rows);

  void set_shaper(Shaper shaper) { shaper_ = std::move(shaper); }

 private:
  const RandomProject& project_;
  std::shared_ptr<MetadataStore> store_;
  Shaper shaper_;
};

/// `count` rows for each root.
RootRows RowsForAll(const RandomProject& project, size_t count);

/// Runs a property for many seeds; a failure message contains the seed.
void ForSeeds(uint64_t first, uint64_t last, const std::function<void(uint64_t)>& property);

}  // namespace metaxy::testing
