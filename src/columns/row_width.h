// How many rows a batch may have.
#pragma once

#include <arrow/type.h>

#include <cstdint>

namespace metaxy::internal {

/// `wanted`, or fewer where rows are so wide that a batch of them would take tens of megabytes.
/// What texts and lists take is not known from their types; they are taken to be short.
int64_t RowsPerBatch(const arrow::Schema& schema, int64_t wanted);

}  // namespace metaxy::internal
