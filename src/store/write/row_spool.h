// Replay buffer for rows that can be read only once, so that a write can be repeated.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_budget.h"
#include "store/write/spilled_rows.h"

namespace metaxy::internal {

/// Buffers what is read from a stream: first in memory, and beyond a limit in an unnamed temporary
/// file, which disappears however the process ends. One reader at a time; used by one thread at a
/// time.
class RowSpool : public std::enable_shared_from_this<RowSpool> {
 public:
  static std::shared_ptr<RowSpool> Make(std::shared_ptr<arrow::RecordBatchReader> input,
                                        int64_t memory_limit = MemoryScope::Current().spool());
  RowSpool(const RowSpool&) = delete;
  RowSpool& operator=(const RowSpool&) = delete;

  /// The rows from the start: first those that were read before, then the rest of the stream.
  /// ResourceExhausted if the temporary file could not be written.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open();

  bool is_on_disk() const { return on_disk_ != nullptr; }

 private:
  class Reader;

  RowSpool(std::shared_ptr<arrow::RecordBatchReader> input, int64_t memory_limit)
      : input_(std::move(input)), memory_left_(memory_limit) {}

  /// The next batch of the stream, buffered; null at its end.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Advance();
  arrow::Status AddMemoryUsage(const std::shared_ptr<arrow::RecordBatch>& batch);
  int64_t batches_on_disk() const { return on_disk_ ? on_disk_->num_batches() : 0; }

  std::shared_ptr<arrow::RecordBatchReader> input_;
  int64_t memory_left_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> in_memory_;
  std::shared_ptr<SpilledRows> on_disk_;
  arrow::Status spilled_;  // why rows could not be remembered
};

}  // namespace metaxy::internal
