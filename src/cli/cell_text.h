// Single values of columns as text: for tables on a terminal, for CSV and for JSON lines.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>

namespace metaxy::cli {

/// \brief Appends a value as JSON. Moments, decimals and the like are texts; bytes are hexadecimal;
/// NaN is null.
arrow::Status AppendJson(const arrow::Array& column, int64_t row, std::string* text);

/// \brief Appends a row as a JSON object.
arrow::Status AppendJsonRow(const arrow::RecordBatch& batch, int64_t row, std::string* text);

/// \brief A value for people: texts without quotes, nothing for null.
arrow::Result<std::string> CellText(const arrow::Array& column, int64_t row);

}  // namespace metaxy::cli
