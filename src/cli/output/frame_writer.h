// Writing rows to files, pipes and standard output; a file appears only when it is complete.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/file_format.h"

namespace metaxy::cli {

/// \brief A writer of rows. A file keeps its old content until Commit(), and the destructor removes
/// uncommitted output; pipes, devices and standard output receive rows immediately (see
/// OutputFile). Errors name the file: InvalidInput for a directory, or for a binary format on a
/// terminal; PermissionDenied, ResourceExhausted, Io; NotSupported for a type that the format
/// cannot represent.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;

  /// \brief Starts a file; "-" is standard output. Without a format the extension determines it,
  /// and standard output gets JSON lines; InvalidInput for an unknown extension.
  static arrow::Result<std::unique_ptr<FrameWriter>> Make(
      const std::filesystem::path& path, const std::shared_ptr<arrow::Schema>& schema,
      std::optional<FileFormat> format = std::nullopt);

  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  /// \brief Writes the end of the format.
  virtual arrow::Status Close() = 0;
  /// \brief Renames a file to its final name after Close().
  virtual arrow::Status Commit() = 0;
  virtual int64_t rows() const = 0;
};

/// \brief The path that means standard output.
inline constexpr const char* kStandardOutput = "-";

/// \brief Writes all rows, or the first `limit` ones, and closes the file.
arrow::Status WriteAll(arrow::RecordBatchReader* reader, int64_t limit, FrameWriter* writer);

}  // namespace metaxy::cli
