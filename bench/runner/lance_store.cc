#include "lance_store.h"

#include <metaxy/lancedb_metadata_store.h>

#include <utility>

namespace metaxy::bench {

arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(const Case& bench_case,
                                                        const std::string& directory,
                                                        AccessMode mode) {
  ARROW_ASSIGN_OR_RAISE(auto graph, bench_case.Graph());
  ARROW_ASSIGN_OR_RAISE(
      auto store, LanceDBMetadataStore::Make({.uri = directory}, {.graph = std::move(graph)}));
  ARROW_RETURN_NOT_OK(store->Open(mode));
  return store;
}

}  // namespace metaxy::bench
