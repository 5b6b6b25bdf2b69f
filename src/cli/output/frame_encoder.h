// Encoders of rows, one per file format.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "cli/file_format.h"

namespace metaxy::cli {

/// \brief Writes batches of one schema to a stream.
class FrameEncoder {
 public:
  virtual ~FrameEncoder() = default;

  /// \brief NotSupported, naming column and type, for what the format cannot represent.
  static arrow::Result<std::unique_ptr<FrameEncoder>> Make(
      FileFormat format, const std::shared_ptr<arrow::io::OutputStream>& sink,
      const std::shared_ptr<arrow::Schema>& schema);

  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  /// \brief Writes the end of the format. The stream stays open.
  virtual arrow::Status Close() = 0;
};

/// \brief CSV; writes the header at once.
arrow::Result<std::unique_ptr<FrameEncoder>> MakeCsvEncoder(
    std::shared_ptr<arrow::io::OutputStream> sink, const arrow::Schema& schema);

/// \brief A JSON object on each line.
std::unique_ptr<FrameEncoder> MakeJsonLinesEncoder(std::shared_ptr<arrow::io::OutputStream> sink);

}  // namespace metaxy::cli
