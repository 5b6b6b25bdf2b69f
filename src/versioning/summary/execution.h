// How an operation runs: its threads, its memory, who may stop it and who hears of its progress.
#pragma once

#include <arrow/status.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/interrupt.h"
#include "base/memory_budget.h"
#include "metaxy/store_options.h"
#include "columns/key_hash.h"
#include "versioning/summary/spill_file.h"

namespace metaxy::internal {

/// The budget of the options' limit; of the thread if they have none.
MemoryBudget MemoryOf(const ExecutionOptions& options);

/// One operation under way. Thread-safe.
class Execution {
 public:
  explicit Execution(const ExecutionOptions& options);

  int64_t batch_size() const { return batch_size_; }
  /// Rows of a batch that is scanned only to look at it.
  int64_t scan_batch_size() const { return scan_batch_size_; }
  const MemoryBudget& memory() const { return memory_; }
  size_t threads() const { return threads_; }
  const KeyHasher& hasher() const { return hasher_; }
  SpillFile& spill_file() { return spill_file_; }

  /// Into how many parts a table of so many rows is split: small enough for a processor's cache,
  /// and for one of them per thread to fit into memory beside the others. A power of two.
  size_t PartitionsFor(int64_t rows) const;

  /// Bytes that rows take more, or less.
  void Remember(int64_t bytes) { remembered_ += bytes; }
  bool over_budget() const { return remembered_ > memory_.remembered(); }
  int64_t remembered() const { return remembered_; }

  /// Cancelled if the user wants it, Timeout past the deadline, or what made another thread fail.
  arrow::Status Check() const;

  /// Does tasks 0 to count - 1 on all threads. The first failure stops the others.
  arrow::Status ForEach(size_t count, const std::function<arrow::Status(size_t task)>& task);

  /// `total` may be 0: not known.
  void StartPhase(ExecutionPhase phase, int64_t total);
  void Advance(int64_t rows);

 private:
  arrow::Status Fail(arrow::Status status);
  /// Calls the user's function, with progress_mutex_ held. What it throws is this operation's
  /// failure, which the next Check() tells.
  void ReportProgress();

  int64_t batch_size_;
  int64_t scan_batch_size_;
  size_t threads_;
  MemoryBudget memory_;
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
