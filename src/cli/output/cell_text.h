// Text of single values, for small outputs.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>

namespace metaxy::cli {

/// \brief Appends a row as a JSON object. For many rows of a batch use JsonRows.
arrow::Status AppendJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* text);

/// \brief A human-readable value: strings without quotes, empty for null, NaN and the infinities by
/// name. For many values of a column use ColumnText.
arrow::Result<std::string> CellText(const arrow::Array& column, int64_t row);

}  // namespace metaxy::cli
