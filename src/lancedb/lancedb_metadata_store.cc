#include "metaxy/lancedb_metadata_store.h"

#include "base/contained.h"
#include "lancedb/connect_options.h"
#include "lancedb/lancedb_storage.h"

namespace metaxy {

arrow::Result<std::shared_ptr<LanceDBMetadataStore>> LanceDBMetadataStore::Make(
    LanceDBOptions lancedb, MetadataStoreOptions options) {
  return internal::Contained([&]() -> arrow::Result<std::shared_ptr<LanceDBMetadataStore>> {
    ARROW_RETURN_NOT_OK(options.Validate());
    ARROW_ASSIGN_OR_RAISE(auto connect, internal::MakeConnectOptions(lancedb));
    auto storage = std::make_unique<internal::LanceDBStorage>(
        std::move(connect), internal::DisplayUri(lancedb.uri), lancedb.allow_unconditional_writes);
    return std::shared_ptr<LanceDBMetadataStore>(
        new LanceDBMetadataStore(std::move(options), std::move(storage)));
  });
}

}  // namespace metaxy
