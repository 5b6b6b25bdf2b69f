// Whole rows of a table, of which only the row ids are known.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "versioning/narrow_rows.h"
#include "versioning/table_snapshot.h"

namespace metaxy::internal {

/// Streams `columns` of the rows, in the table's order. Rows that are few are fetched by their ids;
/// if they are many of those that a scan would see, it is cheaper to scan and leave out the others.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSelectedRows(
    const NarrowRows& rows, const std::vector<std::string>& columns, int64_t batch_size);

}  // namespace metaxy::internal
