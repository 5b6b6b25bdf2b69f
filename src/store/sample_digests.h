// Digests of samples: what it takes to compare the rows of two tables sample by sample.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "metaxy/store_options.h"
#include "store/store_session.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

struct SampleDigest {
  KeyHash key;                ///< of the ids
  uint64_t data_version = 0;  ///< a digest
  int64_t time = 0;           ///< of deletion, else of update; microseconds since 1970
  bool deleted = false;
};

/// Calls `add` for each row that a read with these options, which name no columns, gives. Digests
/// are comparable if they were made with one `hasher`.
arrow::Status ReadSampleDigests(StoreSession& session, const FeatureGraph& graph,
                                const std::shared_ptr<const TableSnapshot>& table,
                                const FeatureKey& feature, ReadOptions options,
                                const KeyHasher& hasher,
                                const std::function<void(const SampleDigest&)>& add);

/// The hashes of the ids of rows.
arrow::Result<std::vector<KeyHash>> HashIds(const arrow::RecordBatch& rows,
                                            const std::vector<std::string>& id_columns,
                                            const KeyHasher& hasher);

}  // namespace metaxy::internal
