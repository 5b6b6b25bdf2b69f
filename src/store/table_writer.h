// Puts rows into a table that may not exist yet, or may lack some of their columns.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>

#include "store/storage.h"

namespace metaxy::internal {

/// A reader over the rows, from the start. Called again when a write has to be repeated.
using RowSource = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>()>;

/// A reader that changes every batch of another one.
std::shared_ptr<arrow::RecordBatchReader> MapBatches(
    std::shared_ptr<arrow::RecordBatchReader> input, std::shared_ptr<arrow::Schema> schema,
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
        const std::shared_ptr<arrow::RecordBatch>&)>
        map);

/// Appends to a table, and creates it if there is none. Columns, and members of struct columns,
/// that the table lacks are added to it; those that the rows lack become null; all others are cast
/// to the types of the table (LossyCast if a value does not fit). `rows` have the schema in which a
/// new table is created. A conflict with another writer is a retryable CommitConflict.
arrow::Status AppendToTable(Storage& storage, const std::string& table,
                            std::shared_ptr<arrow::RecordBatchReader> rows);

/// The same, again and again while other writers get in the way, with growing pauses.
arrow::Status AppendToTable(Storage& storage, const std::string& table, const RowSource& source);

}  // namespace metaxy::internal
