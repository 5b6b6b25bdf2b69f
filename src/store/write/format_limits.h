// File format limits: what files of Lance's formats before 2.2 cannot hold.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "store/stored_table.h"

namespace metaxy::internal {

/// The rows, which must have the names of the table's columns but not yet their types. Lance
/// refuses such rows only when it encodes them, after the table has been given their columns:
/// MetadataSchema at once for a new column with maps, and from the reader, naming column and row,
/// for a null in place of a struct. `id_columns` identify rows.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithinFormat(
    const StoredTable& table, std::shared_ptr<arrow::RecordBatchReader> rows,
    const std::vector<std::string>& id_columns);

}  // namespace metaxy::internal
