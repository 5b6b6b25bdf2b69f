// The floor of a case: what the bridge alone needs to read or write the same, with nothing done to
// it.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "bench_case.h"
#include "measurement.h"

namespace metaxy::bench {

/// The columns of a feature's table without which a resolve of the case cannot decide: ids,
/// versions and the times of update and deletion.
arrow::Result<std::vector<std::string>> DecidingColumns(const Case& bench_case,
                                                        const std::string& feature);

/// For a resolve: scans the deciding columns of all tables, one after the other. For a write:
/// appends rows as they end up in the table, which were written to a store in `scratch` and read
/// back before the clock starts.
arrow::Result<Measurement> MeasureFloor(const Case& bench_case, int64_t rows,
                                        const std::string& directory, const std::string& scratch);

}  // namespace metaxy::bench
