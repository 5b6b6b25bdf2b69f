// Values of text files in the types of the table that they are for.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>

namespace metaxy::cli {

/// \brief What values read from a text could be where the table has `stored`: numbers of fewer
/// bits, of which a text only has the digits; decimals, times of day, durations and bytes, which
/// are written as texts. Inside of lists and structs, too. `read` itself where there is nothing to
/// gain: all other types are converted by the store.
std::shared_ptr<arrow::DataType> FittedType(const std::shared_ptr<arrow::DataType>& read,
                                            const std::shared_ptr<arrow::DataType>& stored);

/// \brief The values in the type that FittedType() gave; nullptr if one does not fit. InvalidInput
/// for a text that stands for no bytes.
arrow::Result<std::shared_ptr<arrow::Array>> Fit(const std::shared_ptr<arrow::Array>& values,
                                                 const std::shared_ptr<arrow::DataType>& type);

/// \brief The rows in `schema`, whose values have been found to fit.
std::shared_ptr<arrow::RecordBatchReader> WithFittedColumns(
    std::shared_ptr<arrow::RecordBatchReader> rows, std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
