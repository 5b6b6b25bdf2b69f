// How many rows a batch may have.
#pragma once

#include <arrow/type.h>

#include <cstdint>

namespace metaxy::internal {

/// `wanted`, or fewer if rows are so wide that a batch would take tens of megabytes. The size of
/// strings and lists is not known from their types; they are assumed to be short.
int64_t RowsPerBatch(const arrow::Schema& schema, int64_t wanted);

}  // namespace metaxy::internal
