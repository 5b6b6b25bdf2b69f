// JSON lines reader, in two passes: the first infers types that hold every line.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "cli/input/text_shape.h"

namespace metaxy::cli {

/// \brief Reads all lines. InvalidInput, with the line and if known the column, if one is not a
/// JSON object or is inconsistent with those before.
arrow::Result<TextShape> InferJsonLines(std::shared_ptr<arrow::io::InputStream> input);

/// \brief The rows, with the schema that InferJsonLines found for the same text.
std::shared_ptr<arrow::RecordBatchReader> ReadJsonLines(
    std::shared_ptr<arrow::io::InputStream> input, std::shared_ptr<arrow::Schema> schema);

}  // namespace metaxy::cli
