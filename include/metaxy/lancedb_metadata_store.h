// A metadata store on LanceDB: a local directory, an object store, LanceDB Cloud or a remote server.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

struct LanceDBOptions {
  /// A local directory, which is created when missing, or "s3://", "gs://", "az://", "db://", "http(s)://".
  std::string uri;
  /// What the reference passes to lancedb.connect(): `storage_options`, `api_key`, `region`, `host_override`,
  /// `client_config`, `read_consistency_interval`. A JSON object; an unknown member is an InvalidConfig.
  Json connect_kwargs = Json::Object{};
};

/// \brief Mirrors metaxy.ext.lancedb.LanceDBMetadataStore. Each feature has its own Lance table.
class METAXY_EXPORT LanceDBMetadataStore : public MetadataStore {
 public:
  /// \brief Makes a closed store. InvalidConfig if the options are wrong, InvalidInput without a graph.
  static arrow::Result<std::shared_ptr<LanceDBMetadataStore>> Make(LanceDBOptions lancedb,
                                                                   MetadataStoreOptions options);

 private:
  using MetadataStore::MetadataStore;
};

}  // namespace metaxy
