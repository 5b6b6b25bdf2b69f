// Type normalisation: Arrow types that tables do not have, converted to those they have.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>

namespace metaxy::cli {

/// \brief The schema in which extension types are their storage type (JSON is a string), views and
/// run-end encoded values are plain, and decimals have 128 bits. InvalidInput, with the column, for
/// a type that no table can hold: unions, intervals, decimals of more than 38 digits.
arrow::Result<std::shared_ptr<arrow::Schema>> PlainSchema(const arrow::Schema& schema);

/// \brief The batch in the schema returned by PlainSchema for its own.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> PlainBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& schema);

/// \brief The rows in plain types.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithPlainTypes(
    std::shared_ptr<arrow::RecordBatchReader> rows);

}  // namespace metaxy::cli
