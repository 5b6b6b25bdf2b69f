// Brings a store to the state that a case is measured in.
#pragma once

#include <arrow/status.h>
#include <arrow/table.h>
#include <metaxy/metadata_store.h>

#include <cstdint>
#include <memory>

#include "bench_case.h"

namespace metaxy::bench {

/// Runs the steps that prepare a case, on an empty store that is open for writing.
arrow::Status CarryOut(MetadataStore& store, const Case& bench_case, int64_t rows);

/// Writes every row of `rows` in a separate write.
arrow::Status AppendOneByOne(MetadataStore& store, const FeatureKey& feature,
                             const std::shared_ptr<arrow::Table>& rows);

}  // namespace metaxy::bench
