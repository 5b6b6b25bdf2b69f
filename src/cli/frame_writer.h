// Writing rows to files: nobody sees a file before it is complete.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/file_format.h"

namespace metaxy::cli {

/// \brief A file of rows that is being written. Until Commit() it has a temporary name beside its
/// own, and an earlier file of its name stays as it was; the destructor removes what was not
/// committed. Errors name the file: PermissionDenied, ResourceExhausted, Io; NotSupported for a
/// type that the format cannot hold.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;

  /// \brief Starts a file. Without a format its extension says what it is; InvalidInput for an
  /// unknown one.
  static arrow::Result<std::unique_ptr<FrameWriter>> Make(
      const std::filesystem::path& path, const std::shared_ptr<arrow::Schema>& schema,
      std::optional<FileFormat> format = std::nullopt);

  /// \brief Writes to standard output instead, where nothing can be taken back.
  static arrow::Result<std::unique_ptr<FrameWriter>> ToStandardOutput(
      const std::shared_ptr<arrow::Schema>& schema, FileFormat format);

  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  /// \brief Writes the end of the file and closes it.
  virtual arrow::Status Close() = 0;
  /// \brief Gives a closed file its name.
  virtual arrow::Status Commit() = 0;
  virtual int64_t rows() const = 0;
};

/// \brief Writes all rows, or the first `limit` ones, and closes the file.
arrow::Status WriteAll(arrow::RecordBatchReader* reader, int64_t limit, FrameWriter* writer);

}  // namespace metaxy::cli
