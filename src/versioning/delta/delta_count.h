// Delta count: the number of rows of a table, from that of an earlier call, where the rows are the
// same.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>

#include "metaxy/execution_options.h"
#include "versioning/delta/delta_resolve.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {

/// The number of FindLatestRows(), by the cheapest way that gives the same one. `place` is that of
/// the store, `table` the name of the table.
arrow::Result<int64_t> CountByDelta(RowsRequest request, const std::string& place,
                                    const std::string& table, const DeltaOptions& options,
                                    const ExecutionOptions& execution);

}  // namespace metaxy::internal
