// Brings a store to the state that a case is measured in.
#pragma once

#include <arrow/status.h>
#include <arrow/table.h>
#include <metaxy/metadata_store.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "bench_case.h"

namespace metaxy::bench {

/// Runs steps of a case that bring a store, which is open for writing, to another state.
arrow::Status CarryOut(MetadataStore& store, const Case& bench_case, const std::vector<Step>& steps,
                       int64_t rows);

/// Writes `rows` in so many writes of the same size.
arrow::Status AppendInWrites(MetadataStore& store, const FeatureKey& feature,
                             const std::shared_ptr<arrow::Table>& rows, int64_t writes);

}  // namespace metaxy::bench
