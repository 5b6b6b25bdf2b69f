// A metadata store on LanceDB: a local directory, an object store, LanceDB Cloud or a remote
// server.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "metaxy/export.h"
#include "metaxy/json.h"
#include "metaxy/metadata_store.h"

namespace metaxy {

struct LanceDBOptions {
  /// A local directory, which the first write creates, an object store ("s3://", "gs://", "az://"),
  /// LanceDB Cloud ("db://NAME") or a server ("http(s)://HOST[:PORT][/NAME]", or "db://NAME" with
  /// `host_override`).
  std::string uri;
  /// The arguments that the reference passes to lancedb.connect(): `storage_options`, `api_key`
  /// (else the environment's LANCEDB_API_KEY), `region`, `host_override`, `client_config` (with
  /// `retry_config` and `timeout_config`), `read_consistency_interval` (seconds). A JSON object; an
  /// unknown member is an InvalidConfig.
  Json connect_kwargs = Json::Object{};
  /// Write to an S3 server that does not support conditional writes. By default such a server is
  /// detected when the store is opened for writing, and is NotSupported: concurrent writers could
  /// lose each other's rows.
  bool allow_unconditional_writes = false;
};

/// \brief Mirrors metaxy.ext.lancedb.LanceDBMetadataStore. Each feature has its own Lance table.
class METAXY_EXPORT LanceDBMetadataStore : public MetadataStore {
 public:
  /// \brief Makes a closed store. InvalidConfig if the options are invalid, InvalidInput without a
  /// graph.
  static arrow::Result<std::shared_ptr<LanceDBMetadataStore>> Make(LanceDBOptions lancedb,
                                                                   MetadataStoreOptions options);

 private:
  using MetadataStore::MetadataStore;
};

}  // namespace metaxy
