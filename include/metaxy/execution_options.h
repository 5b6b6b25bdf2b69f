// Limits and hooks of operations that take long.
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

/// \brief What an operation on many rows is doing.
enum class ExecutionPhase {
  kReading,    ///< the columns that decide
  kComparing,  ///< what there should be with what there is
};

struct ExecutionProgress {
  ExecutionPhase phase = ExecutionPhase::kReading;
  /// Rows of this phase that are done.
  int64_t rows = 0;
  /// About how many there are; 0 if that is not known.
  int64_t total_rows = 0;
};

/// \brief Limits and hooks: stop token and deadline of any operation, the rest of large reads.
///
/// Results are the same whatever the limits: rows, and the order of rows.
struct METAXY_EXPORT ExecutionOptions {
  /// Rows per batch of results at most; batches of very wide rows have fewer.
  int64_t batch_size = 65536;
  /// Rows per batch of a scan whose rows are only looked at; if absent, what is fastest.
  std::optional<int64_t> scan_batch_size = std::nullopt;
  /// Bytes that may be used for what is remembered of rows; what exceeds them goes to a temporary
  /// file. If absent, the store's memory_limit. Batches of wide rows that a caller reads are not
  /// counted.
  std::optional<int64_t> memory_limit = std::nullopt;
  /// Threads beside those of LanceDB; 0: as many as there are cores.
  int threads = 0;
  /// Where temporary files are made; if empty, the system's directory for them. They have no name
  /// there, and are gone when the operation or the process ends.
  std::string spill_directory = {};
  /// Stops the operation with Cancelled. Looked at between batches of rows and attempts, and some
  /// fifty times a second while a request is under way, which is then dropped. A write that is left
  /// when it may have been committed fails with CommitStateUnknown instead.
  arrow::StopToken stop_token = arrow::StopToken::Unstoppable();
  /// Stops the operation with Timeout, in the same way.
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
  /// Called now and then while the operation runs, by one thread at a time, but not always the
  /// same one. If it throws, the operation ends with InvalidInput.
  std::function<void(const ExecutionProgress&)> on_progress = nullptr;

  /// \brief InvalidInput, naming the option and its range; asked by whatever takes these.
  arrow::Status Validate() const;
};

}  // namespace metaxy
