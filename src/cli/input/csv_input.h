// CSV reader (with a header), in two passes: the first infers types that hold every row.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <set>
#include <string>

#include "cli/input/text_shape.h"

namespace metaxy::cli {

/// \brief Information that the cells themselves do not provide.
struct CsvHints {
  /// Columns whose cells are JSON objects or lists; those of versions by field always are.
  std::set<std::string> json_columns = {};
  /// Columns that are always strings, such as the other system columns.
  std::set<std::string> text_columns = {};
};

/// \brief Reads all rows. InvalidInput with the line, and the column if known.
arrow::Result<TextShape> InferCsv(std::shared_ptr<arrow::io::InputStream> input,
                                  const CsvHints& hints = {});

/// \brief The rows, with the schema that InferCsv found for the same text.
std::shared_ptr<arrow::RecordBatchReader> ReadCsv(std::shared_ptr<arrow::io::InputStream> input,
                                                  std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
