// Limits and callbacks of long-running operations.
#pragma once

#include <arrow/status.h>
#include <arrow/util/cancel.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "metaxy/export.h"

namespace metaxy {

/// \brief The current phase of an operation on many rows.
enum class ExecutionPhase {
  kReading,    ///< scanning the columns needed for the comparison
  kComparing,  ///< comparing expected and stored rows
};

struct ExecutionProgress {
  ExecutionPhase phase = ExecutionPhase::kReading;
  /// Rows of this phase that have been processed.
  int64_t rows = 0;
  /// Approximate total number of rows; 0 if unknown.
  int64_t total_rows = 0;
};

/// \brief Limits and callbacks: stop token and deadline of any operation, the rest for large reads.
///
/// Results do not depend on the limits: neither rows nor their order.
struct METAXY_EXPORT ExecutionOptions {
  /// Maximum rows per batch of results; batches of very wide rows have fewer.
  int64_t batch_size = 65536;
  /// Rows per batch of a scan whose rows are only inspected; if absent, whatever is fastest.
  std::optional<int64_t> scan_batch_size = std::nullopt;
  /// Bytes of memory that the operation may use: half of it for the state kept per row, of which
  /// the excess is spilled to a temporary file, the rest for batches of rows and read-ahead. If
  /// absent, the store's memory_limit. Not counted: rows that the caller holds.
  std::optional<int64_t> memory_limit = std::nullopt;
  /// Number of threads, not counting those of LanceDB; 0: one per processor that the process may
  /// use, by its affinity and the quota of its control group.
  int threads = 0;
  /// Directory of temporary files; if empty, the system's. The files are unnamed, and disappear
  /// when the operation or the process ends.
  std::string spill_directory = {};
  /// Stops the operation with Cancelled. Checked between batches of rows and between attempts, and
  /// some fifty times a second during a request, which is then dropped. A write that is abandoned
  /// when it may have been committed fails with CommitStateUnknown instead.
  arrow::StopToken stop_token = arrow::StopToken::Unstoppable();
  /// Stops the operation with Timeout, in the same way.
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
  /// Called periodically while the operation runs, by one thread at a time, but not always the same
  /// one. If it throws, the operation ends with InvalidInput.
  std::function<void(const ExecutionProgress&)> on_progress = nullptr;

  /// \brief InvalidInput, naming the option and its range; called by every function that takes
  /// these options.
  arrow::Status Validate() const;
};

}  // namespace metaxy
