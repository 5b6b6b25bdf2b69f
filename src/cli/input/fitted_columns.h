// Conversion of parsed text columns to the types of the target table.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>

namespace metaxy::cli {

/// \brief The type that values read from a text can have if the table has `stored`: narrower
/// numbers, of which a text only has the digits; decimals, times of day, durations and binaries,
/// which are written as strings. Also inside lists and structs. `read` itself if nothing is gained:
/// all other types are converted by the store.
std::shared_ptr<arrow::DataType> FittedType(const std::shared_ptr<arrow::DataType>& read,
                                            const std::shared_ptr<arrow::DataType>& stored);

/// \brief The values in the type returned by FittedType(); nullptr if one does not fit.
/// InvalidInput for a string that does not represent bytes.
arrow::Result<std::shared_ptr<arrow::Array>> Fit(const std::shared_ptr<arrow::Array>& values,
                                                 const std::shared_ptr<arrow::DataType>& type);

/// \brief The rows in `schema`, whose values are known to fit.
std::shared_ptr<arrow::RecordBatchReader> WithFittedColumns(
    std::shared_ptr<arrow::RecordBatchReader> rows, std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
