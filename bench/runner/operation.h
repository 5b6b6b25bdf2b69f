// The measured step of a case, with metaxy.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>

#include "bench_case.h"
#include "measurement.h"

namespace metaxy::bench {

/// Measures on the store in `directory`, which is opened before the clock starts; the rows of a
/// write are in memory. NotSupported if there is a memory limit ("512MiB") and the library does not
/// support one.
arrow::Result<Measurement> MeasureOperation(const Case& bench_case, int64_t rows,
                                            const std::string& directory,
                                            const std::optional<std::string>& memory_limit);

}  // namespace metaxy::bench
