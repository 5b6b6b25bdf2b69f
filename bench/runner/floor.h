// The lower bound of a case: the time the bridge alone needs to read or write the same data,
// without processing it.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "bench_case.h"
#include "measurement.h"

namespace metaxy::bench {

/// The columns of a feature's table that a resolve of the case needs: ids, versions and the
/// timestamps of update and deletion.
arrow::Result<std::vector<std::string>> DecidingColumns(const Case& bench_case,
                                                        const std::string& feature);

/// For a resolve: scans the needed columns of all tables, one after the other. For a write: appends
/// rows in their final form, which were written to a store in `scratch` and read back before the
/// clock starts.
arrow::Result<Measurement> MeasureFloor(const Case& bench_case, int64_t rows,
                                        const std::string& directory, const std::string& scratch);

}  // namespace metaxy::bench
