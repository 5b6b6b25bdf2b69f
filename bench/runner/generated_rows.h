// Rows of root features: the same ones for the same step, on every machine and in every run.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <memory>

#include "bench_case.h"

namespace metaxy::bench {

/// The rows of a step `write` or `append` of a case with `rows` rows: a reader that makes them
/// batch by batch, so that ten million rows need no memory.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> GenerateRows(const Feature& feature,
                                                                      const Step& step,
                                                                      int64_t rows);

/// The same, all in memory.
arrow::Result<std::shared_ptr<arrow::Table>> GenerateTable(const Feature& feature, const Step& step,
                                                           int64_t rows);

}  // namespace metaxy::bench
