// Rows in a temporary file.
#pragma once

#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace metaxy::internal {

/// Batches that are written one after the other and read from the start, also while more are
/// written. The file has no name, so that nothing stays of it in whatever way the process ends; it
/// is made with the first batch. Used by one thread at a time.
class SpilledRows : public std::enable_shared_from_this<SpilledRows> {
 public:
  /// The system's directory for temporary files if `directory` is empty.
  static std::shared_ptr<SpilledRows> Make(std::shared_ptr<arrow::Schema> schema,
                                           std::filesystem::path directory = {});
  SpilledRows(const SpilledRows&) = delete;
  SpilledRows& operator=(const SpilledRows&) = delete;

  /// PermissionDenied, ResourceExhausted or Io, naming the directory and what to do.
  arrow::Status Append(const arrow::RecordBatch& batch);
  int64_t num_batches() const { return num_batches_; }

  /// The rows from the start, as many as there are when they are asked for.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open();

 private:
  class Reader;

  SpilledRows(std::shared_ptr<arrow::Schema> schema, std::filesystem::path directory)
      : schema_(std::move(schema)), directory_(std::move(directory)) {}

  arrow::Status OpenFile();

  std::shared_ptr<arrow::Schema> schema_;
  std::filesystem::path directory_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  int64_t num_batches_ = 0;
};

}  // namespace metaxy::internal
