// The same tests on a store in memory and on LanceDB.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store_fixture.h"
#include "support/temp_dir.h"
#ifdef METAXY_WITH_LANCEDB
#include "metaxy/lancedb_metadata_store.h"
#endif

namespace metaxy::testing {

enum class Backend { kMemory, kLanceDB };

inline std::vector<Backend> Backends() {
#ifdef METAXY_WITH_LANCEDB
  return {Backend::kMemory, Backend::kLanceDB};
#else
  return {Backend::kMemory};
#endif
}

inline std::string BackendName(const ::testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kMemory ? "Memory" : "LanceDB";
}

class BackendTest : public StoreTest, public ::testing::WithParamInterface<Backend> {
 protected:
  /// From here on the database is a new one; stores on earlier ones go on.
  void Fresh() {
    database_ = std::make_shared<MemoryDatabase>();
    earlier_.push_back(std::exchange(directory_, std::make_unique<TempDir>()));
  }

  /// Another store on the same database, open for writing.
  std::shared_ptr<MetadataStore> Open(std::shared_ptr<FeatureGraph> graph, bool as_map = false) {
    MetadataStoreOptions options{.graph = std::move(graph), .project = "test", .name = "dev"};
    options.enable_map_datatype = as_map;
    std::shared_ptr<MetadataStore> store;
#ifdef METAXY_WITH_LANCEDB
    if (GetParam() == Backend::kLanceDB) {
      store =
          Get(LanceDBMetadataStore::Make({.uri = (directory_->path() / "db").string()}, options));
    }
#endif
    if (!store) store = MemoryMetadataStore::Make(database_, options);
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  /// All rows, of all versions.
  static std::shared_ptr<arrow::Table> Everything(MetadataStore& store, const FeatureKey& feature) {
    return Get(Get(store.Read(feature, {.with_feature_history = true,
                                        .with_sample_history = true,
                                        .include_soft_deleted = true}))
                   ->ToTable());
  }

  static std::shared_ptr<arrow::DataType> TypeOf(MetadataStore& store, const FeatureKey& feature,
                                                 const std::string& column) {
    return Everything(store, feature)->schema()->GetFieldByName(column)->type();
  }

 private:
  std::unique_ptr<TempDir> directory_ = std::make_unique<TempDir>();
  std::vector<std::unique_ptr<TempDir>> earlier_;
};

}  // namespace metaxy::testing
