// Rows that come once, kept so that a write can be repeated.
#pragma once

#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace metaxy::internal {

/// Buffers what is read from a stream: first in memory, and beyond a limit in an unnamed temporary
/// file, which disappears however the process ends. One reader at a time; used by one thread at a
/// time.
class RowSpool : public std::enable_shared_from_this<RowSpool> {
 public:
  static constexpr int64_t kMemoryLimit = int64_t{64} << 20;

  static std::shared_ptr<RowSpool> Make(std::shared_ptr<arrow::RecordBatchReader> input,
                                        int64_t memory_limit = kMemoryLimit);
  RowSpool(const RowSpool&) = delete;
  RowSpool& operator=(const RowSpool&) = delete;

  /// The rows from the start: first those that were read before, then the rest of the stream.
  /// ResourceExhausted if the temporary file could not be written.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open();

  bool is_on_disk() const { return file_ != nullptr; }

 private:
  class Reader;

  RowSpool(std::shared_ptr<arrow::RecordBatchReader> input, int64_t memory_limit)
      : input_(std::move(input)), memory_left_(memory_limit) {}

  /// The next batch of the stream, buffered; null at its end.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Advance();
  arrow::Status Remember(const std::shared_ptr<arrow::RecordBatch>& batch);
  arrow::Status OpenFile();

  std::shared_ptr<arrow::RecordBatchReader> input_;
  int64_t memory_left_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> in_memory_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  int64_t on_disk_ = 0;
  arrow::Status spilled_;  // why rows could not be buffered
};

}  // namespace metaxy::internal
