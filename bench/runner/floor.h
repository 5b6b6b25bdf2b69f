// The lower bounds of a case: the time the bridge alone needs to read or write the same data,
// without processing it.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <vector>

#include "bench_case.h"
#include "measurement.h"

namespace metaxy::bench {

/// The columns of a feature's table that a resolve of the case needs: ids, versions and the
/// timestamps of update and deletion.
arrow::Result<std::vector<std::string>> DecidingColumns(const Case& bench_case,
                                                        const std::string& feature);

/// For a resolve: scans the needed columns of all tables as a resolve does: at once, in order, with
/// row ids, the condition on the feature version, and its batch size and read-ahead.
arrow::Result<Measurement> MeasureSameScan(const Case& bench_case, const std::string& directory,
                                           const std::optional<std::string>& memory_limit);

/// For a resolve: scans the needed columns of all tables with the settings that are best for that
/// alone, one after the other. For a write: appends
/// rows in their final form, which were written to a store in `scratch` and read back before the
/// clock starts.
arrow::Result<Measurement> MeasureFloor(const Case& bench_case, int64_t rows,
                                        const std::string& directory, const std::string& scratch);

}  // namespace metaxy::bench
