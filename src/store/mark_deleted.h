// Soft deletion: rows that mark samples as deleted.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

namespace metaxy::internal {

/// The same rows, deleted at this time, in microseconds since 1970. MetadataSchema for rows of a
/// table that metaxy has not written.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MarkDeleted(
    std::shared_ptr<arrow::RecordBatchReader> rows, int64_t micros);

}  // namespace metaxy::internal
