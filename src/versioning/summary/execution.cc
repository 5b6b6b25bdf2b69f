#include "versioning/summary/execution.h"

#include <algorithm>
#include <bit>
#include <exception>
#include <new>
#include <thread>
#include <vector>

#include "base/contained.h"
#include "base/processors.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kScanBatchSize = 16384;

// With this many rows a partition of a table fits approximately into a core's cache.
constexpr int64_t kRowsPerPartition = 32768;
// Approximate memory per row.
constexpr int64_t kBytesPerRow = 80;
// A thread holds one partition of each table beyond the budget; this many of them fit into it.
constexpr int64_t kPartsPerBudget = 32;
constexpr int64_t kMaxPartitions = 4096;

}  // namespace

MemoryBudget MemoryOf(const ExecutionOptions& options) {
  return options.memory_limit ? MemoryBudget(*options.memory_limit) : MemoryScope::Current();
}

Execution::Execution(const ExecutionOptions& options)
    : batch_size_(std::max<int64_t>(options.batch_size, 1)),
      scan_batch_size_(options.scan_batch_size.value_or(kScanBatchSize)),
      threads_(static_cast<size_t>(options.threads > 0 ? options.threads : Processors())),
      memory_(MemoryOf(options)),
      interrupt_(options),
      spill_file_(options.spill_directory),
      on_progress_(options.on_progress) {}

size_t Execution::PartitionsFor(int64_t rows) const {
  const int64_t for_cache = rows / kRowsPerPartition;
  const int64_t for_budget =
      rows * kBytesPerRow * kPartsPerBudget / std::max<int64_t>(memory_.memory_usage(), 1024);
  const int64_t wanted = std::clamp<int64_t>(std::max(for_cache, for_budget), 1, kMaxPartitions);
  return std::bit_ceil(static_cast<size_t>(wanted));
}

arrow::Status Execution::Check() const {
  ARROW_RETURN_NOT_OK(interrupt_.Check("reading and comparing rows"));
  if (!failed_) return arrow::Status::OK();
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  return failure_;
}

arrow::Status Execution::Fail(arrow::Status status) {
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  if (failure_.ok()) failure_ = std::move(status);
  failed_ = true;
  return failure_;
}

arrow::Status Execution::ForEach(size_t count,
                                 const std::function<arrow::Status(size_t task)>& task) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    try {
      for (size_t i = next++; i < count; i = next++) {
        arrow::Status status = Check();
        if (status.ok()) status = task(i);
        if (!status.ok()) {
          static_cast<void>(Fail(std::move(status)));
          return;
        }
      }
    } catch (const std::bad_alloc&) {
      static_cast<void>(Fail(MakeError(ErrorCode::kResourceExhausted,
                                       "not enough memory to compare rows; set a memory limit")));
    } catch (...) {
      static_cast<void>(Fail(CaughtException()));
    }
  };
  std::vector<std::thread> threads;
  const size_t wanted = std::min(threads_, count);
  try {
    while (threads.size() + 1 < wanted) threads.emplace_back(work);
    // NOLINTNEXTLINE(bugprone-empty-catch): the threads that could be created do the work.
  } catch (const std::system_error&) {
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return Check();
}

void Execution::StartPhase(ExecutionPhase phase, int64_t total) {
  if (!on_progress_) return;
  const std::lock_guard<std::mutex> lock(progress_mutex_);
  progress_ = {phase, 0, total};
  ReportProgress();
}

void Execution::Advance(int64_t rows) {
  if (!on_progress_) return;
  const std::lock_guard<std::mutex> lock(progress_mutex_);
  progress_.rows += rows;
  ReportProgress();
}

void Execution::ReportProgress() {
  try {
    on_progress_(progress_);
  } catch (...) {
    static_cast<void>(Fail(CaughtFromUser("on_progress")));
  }
}

}  // namespace metaxy::internal
