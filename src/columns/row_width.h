// Batch sizing by row width.
#pragma once

#include <arrow/type.h>

#include <cstdint>

namespace metaxy::internal {

/// `wanted`, or fewer where rows are so wide that a batch of them would take more than `bytes`; at
/// least 1. What texts and lists take is not known from their types; they are taken to be short.
int64_t RowsPerBatch(const arrow::Schema& schema, int64_t wanted, int64_t bytes);

/// Whether types tell how many bytes a row takes.
bool HasKnownWidth(const arrow::Schema& schema);

}  // namespace metaxy::internal
