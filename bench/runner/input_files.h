// The input of the drivers of the Python package.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <string>

#include "bench_case.h"

namespace metaxy::bench {

/// Writes the rows of each step `write` and `append` to N.parquet in this directory, those of the
/// measured step to measure.parquet.
arrow::Status WriteInputs(const Case& bench_case, int64_t rows, const std::string& directory);

}  // namespace metaxy::bench
