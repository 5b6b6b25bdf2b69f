// Content hashes of rows, for tables without a column that says when a row has changed.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace metaxy::cli {

/// \brief For each row "xxh128:" and a hash of its values, by the names of the columns. The order
/// of the columns does not matter, nor do those that are null, nor system columns: what is added
/// for other rows changes nothing. NotSupported, naming the column, for values without a text.
arrow::Result<std::shared_ptr<arrow::Array>> RowVersions(const arrow::RecordBatch& rows);

}  // namespace metaxy::cli
