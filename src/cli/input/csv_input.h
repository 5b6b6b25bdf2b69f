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

/// \brief What cells do not say themselves.
struct CsvHints {
  /// Columns whose cells are objects or lists of JSON, as versions by field are in any case.
  std::set<std::string> json_columns = {};
  /// Columns that are texts whatever they look like, as the other ones of metaxy.
  std::set<std::string> text_columns = {};
};

/// \brief Reads all rows. InvalidInput with the line, and where it can be the column.
arrow::Result<TextShape> InferCsv(std::shared_ptr<arrow::io::InputStream> input,
                                  const CsvHints& hints = {});

/// \brief The rows, of the schema that InferCsv found for the same text.
std::shared_ptr<arrow::RecordBatchReader> ReadCsv(std::shared_ptr<arrow::io::InputStream> input,
                                                  std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
