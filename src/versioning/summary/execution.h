// How an operation runs: its threads, its memory, who may stop it and who hears of its progress.
#pragma once

#include <arrow/status.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/interrupt.h"
#include "columns/key_hash.h"
#include "metaxy/store_options.h"
#include "versioning/summary/spill_file.h"

namespace metaxy::internal {

/// One operation in progress. Thread-safe.
class Execution {
 public:
  explicit Execution(const ExecutionOptions& options);

  int64_t batch_size() const { return batch_size_; }
  /// Rows of a batch that is scanned only for inspection.
  int64_t scan_batch_size() const { return scan_batch_size_; }
  /// Bytes of stored data that a scan may read ahead.
  int64_t read_ahead_bytes() const { return read_ahead_bytes_; }
  size_t threads() const { return threads_; }
  const KeyHasher& hasher() const { return hasher_; }
  SpillFile& spill_file() { return spill_file_; }

  /// The number of partitions for a table with this many rows: small enough for a processor's
  /// cache, and for one of them per thread to fit into memory beside the others. A power of two.
  size_t PartitionsFor(int64_t rows) const;

  /// Adds to (or subtracts from) the bytes used by rows.
  void Remember(int64_t bytes) { remembered_ += bytes; }
  bool over_budget() const { return remembered_ > budget_; }

  /// Cancelled if the user requests it, Timeout after the deadline, or the failure of another
  /// thread.
  arrow::Status Check() const;

  /// Runs tasks 0 to count - 1 on all threads. The first failure stops the others.
  arrow::Status ForEach(size_t count, const std::function<arrow::Status(size_t task)>& task);

  /// `total` may be 0: unknown.
  void StartPhase(ExecutionPhase phase, int64_t total);
  void Advance(int64_t rows);

 private:
  arrow::Status Fail(arrow::Status status);
  /// Calls the user's callback, with progress_mutex_ held. An exception becomes this operation's
  /// failure, which the next Check() returns.
  void ReportProgress();

  int64_t batch_size_;
  int64_t scan_batch_size_;
  size_t threads_;
  int64_t budget_;
  int64_t read_ahead_bytes_;
  Interrupt interrupt_;
  KeyHasher hasher_ = KeyHasher::Random();
  SpillFile spill_file_;
  std::atomic<int64_t> remembered_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  arrow::Status failure_;
  std::function<void(const ExecutionProgress&)> on_progress_;
  std::mutex progress_mutex_;
  ExecutionProgress progress_;
};

}  // namespace metaxy::internal
