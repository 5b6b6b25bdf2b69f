// A metadata store in memory, so that everything above the database is tested without one.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "metaxy/metadata_store.h"
#include "store/storage.h"

namespace metaxy::testing {

/// Tables by name, shared by all stores that are made with them.
struct MemoryDatabase {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<arrow::Table>> tables;
  /// Rows that appear in place of the next table that is to be created.
  std::shared_ptr<arrow::Table> racing_create;
};

class MemoryMetadataStore final : public MetadataStore {
 public:
  static std::shared_ptr<MemoryMetadataStore> Make(std::shared_ptr<MemoryDatabase> database,
                                                   MetadataStoreOptions options);

 private:
  using MetadataStore::MetadataStore;
};

}  // namespace metaxy::testing
