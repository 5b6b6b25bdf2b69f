// Rows from CSV with a header, in two passes: the first finds the types that hold every row.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <set>
#include <string>

#include "cli/input/text_shape.h"

namespace metaxy::cli {

/// \brief Reads all rows. Cells of `json_columns` are values of JSON, which must be objects or
/// lists. InvalidInput with the line, and where it can be the column.
arrow::Result<TextShape> InferCsv(std::shared_ptr<arrow::io::InputStream> input,
                                  const std::set<std::string>& json_columns);

/// \brief The rows, of the schema that InferCsv found for the same text.
std::shared_ptr<arrow::RecordBatchReader> ReadCsv(std::shared_ptr<arrow::io::InputStream> input,
                                                  std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
