// Execution context: threads, memory budget, cancellation and progress of an operation.
#pragma once

#include <arrow/status.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/interrupt.h"
#include "base/memory_budget.h"
#include "columns/key_hash.h"
#include "metaxy/store_options.h"
#include "versioning/summary/spill_file.h"

namespace metaxy::internal {

/// The budget of the options' limit; of the thread if they have none.
MemoryBudget MemoryOf(const ExecutionOptions& options);

/// One operation under way. Thread-safe.
class Execution {
 public:
  explicit Execution(const ExecutionOptions& options);

  int64_t batch_size() const { return batch_size_; }
  /// Rows of a batch that is scanned only for inspection.
  int64_t scan_batch_size() const { return scan_batch_size_; }
  const MemoryBudget& memory() const { return memory_; }
  size_t threads() const { return threads_; }
  const KeyHasher& hasher() const { return hasher_; }
  /// Before anything is hashed: for hashes that are compared with stored ones.
  void UseStableHashes() { hasher_ = KeyHasher::Stable(); }
  void UseHasher(const KeyHasher& hasher) { hasher_ = hasher; }
  SpillFile& spill_file() { return spill_file_; }

  /// The number of partitions for a table with this many rows: small enough for a processor's
  /// cache, and for one of them per thread to fit into memory beside the others. A power of two.
  size_t PartitionsFor(int64_t rows) const;

  /// Adds to (or subtracts from) the bytes used by rows.
  void AddMemoryUsage(int64_t bytes) { memory_usage_ += bytes; }
  bool over_budget() const { return memory_usage_ > memory_.memory_usage(); }
  int64_t memory_usage() const { return memory_usage_; }

  /// Samples whose latest row was chosen by its position: see kTied.
  void AddTiedSamples(int64_t samples) { tied_samples_ += samples; }
  int64_t tied_samples() const { return tied_samples_; }

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
  MemoryBudget memory_;
  Interrupt interrupt_;
  KeyHasher hasher_ = KeyHasher::Random();
  SpillFile spill_file_;
  std::atomic<int64_t> memory_usage_{0};
  std::atomic<int64_t> tied_samples_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  arrow::Status failure_;
  std::function<void(const ExecutionProgress&)> on_progress_;
  std::mutex progress_mutex_;
  ExecutionProgress progress_;
};

}  // namespace metaxy::internal
