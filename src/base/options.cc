// Validation of options: ranges of numbers, and pointers that must not be null.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "metaxy/buffered_metadata_writer.h"
#include "metaxy/errors.h"
#include "metaxy/lock_file.h"
#include "metaxy/metadata_store.h"
#include "metaxy/promotion.h"
#include "metaxy/store_options.h"
#include "metaxy/store_snapshots.h"

namespace metaxy {
namespace {

constexpr int64_t kAnyNumber = std::numeric_limits<int64_t>::max();
// The database counts the rows of a batch with this many bits.
constexpr int64_t kMostBatchRows = std::numeric_limits<int32_t>::max();
constexpr int64_t kMostThreads = 4096;
constexpr size_t kMostBytesOfWriteId = 256;
// A thousand years: more exceeds the range of clocks.
constexpr std::chrono::seconds kLongest{int64_t{1000} * 366 * 86400};

arrow::Status InRange(std::string_view option, int64_t value, int64_t least, int64_t most,
                      std::string_view unit = "") {
  if (value >= least && value <= most) return arrow::Status::OK();
  const std::string range =
      most == kAnyNumber ? fmt::format("{} or more", least) : fmt::format("{} to {}", least, most);
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("{} is {}{}; use {}{}", option, value, unit, range, unit));
}

arrow::Status IsAge(std::string_view option, std::chrono::seconds value) {
  return InRange(option, value.count(), 0, kLongest.count(), " seconds");
}

}  // namespace

arrow::Status ExecutionOptions::Validate() const {
  ARROW_RETURN_NOT_OK(InRange("batch_size", batch_size, 1, kMostBatchRows));
  if (scan_batch_size)
    ARROW_RETURN_NOT_OK(InRange("scan_batch_size", *scan_batch_size, 1, kMostBatchRows));
  if (memory_limit) ARROW_RETURN_NOT_OK(InRange("memory_limit", *memory_limit, 0, kAnyNumber));
  return InRange("threads", threads, 0, kMostThreads);
}

arrow::Status MaintenanceOptions::Validate() const {
  ARROW_RETURN_NOT_OK(InRange("maintenance.every_commits", every_commits, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(InRange("maintenance.target_rows", target_rows, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(InRange("maintenance.target_bytes", target_bytes, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(IsAge("maintenance.keep_versions_for", keep_versions_for));
  return InRange("maintenance.keep_versions", keep_versions, 1, kAnyNumber);
}

arrow::Status CompactOptions::Validate() const {
  ARROW_RETURN_NOT_OK(InRange("target_rows", target_rows, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(InRange("target_bytes", target_bytes, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(IsAge("keep_versions_for", keep_versions_for));
  if (keep_history && *keep_history < 1) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("keep_history is {}; use 1 or more: the latest row of a sample is what counts",
                    *keep_history));
  }
  if (drop_deleted_older_than)
    ARROW_RETURN_NOT_OK(IsAge("drop_deleted_older_than", *drop_deleted_older_than));
  return execution.Validate();
}

arrow::Status PromoteOptions::Validate() const { return execution.Validate(); }

arrow::Status CreateSnapshotOptions::Validate() const { return execution.Validate(); }

arrow::Status DiffSnapshotsOptions::Validate() const { return execution.Validate(); }

arrow::Status RemoveLeftoversOptions::Validate() const {
  ARROW_RETURN_NOT_OK(IsAge("older_than", older_than));
  return execution.Validate();
}

arrow::Status MetadataStoreOptions::Validate() const {
  if (!graph) {
    return MakeError(ErrorCode::kInvalidInput, "a store needs a feature graph; set options.graph");
  }
  for (size_t i = 0; i < fallback_stores.size(); ++i) {
    if (fallback_stores[i]) continue;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("fallback store {} of {} is null", i + 1, fallback_stores.size()));
  }
  ARROW_RETURN_NOT_OK(InRange("hash_truncation_length of the graph",
                              graph->hash_truncation_length(), kMinHashTruncationLength,
                              kAnyNumber));
  if (memory_limit) ARROW_RETURN_NOT_OK(InRange("memory_limit", *memory_limit, 0, kAnyNumber));
  return maintenance.Validate();
}

arrow::Status ReadOptions::Validate() const {
  if (feature_version && !with_feature_history) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("feature version '{}' can only be read with the feature's history; set "
                    "with_feature_history, too",
                    *feature_version));
  }
  return execution.Validate();
}

arrow::Status WriteOptions::Validate() const {
  if (write_id && (write_id->empty() || write_id->size() > kMostBytesOfWriteId)) {
    return MakeError(ErrorCode::kInvalidInput, fmt::format("write_id has {} bytes; use 1 to {}",
                                                           write_id->size(), kMostBytesOfWriteId));
  }
  if (write_id && !IsUtf8(*write_id))
    return MakeError(ErrorCode::kInvalidInput, "write_id is not valid UTF-8");
  return execution.Validate();
}
arrow::Status WriteMultiOptions::Validate() const { return execution.Validate(); }
arrow::Status DeleteOptions::Validate() const { return execution.Validate(); }
arrow::Status RebaseOptions::Validate() const { return execution.Validate(); }
arrow::Status RebaseVersionOptions::Validate() const { return execution.Validate(); }
arrow::Status PushOptions::Validate() const { return execution.Validate(); }
arrow::Status CopyOptions::Validate() const { return execution.Validate(); }
arrow::Status MigrationOptions::Validate() const { return execution.Validate(); }
arrow::Status ResolveUpdateOptions::Validate() const {
  ARROW_RETURN_NOT_OK(failures.retry().Validate());
  return execution.Validate();
}
arrow::Status RecordFailuresOptions::Validate() const { return execution.Validate(); }
arrow::Status FailureSelection::Validate() const { return execution.Validate(); }
arrow::Status RetryPolicy::Validate() const {
  ARROW_RETURN_NOT_OK(InRange("max_attempts", max_attempts, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(IsAge("first_wait", first_wait));
  ARROW_RETURN_NOT_OK(IsAge("max_wait", max_wait));
  if (backoff >= 1 && std::isfinite(backoff)) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("backoff is {}; use 1 or more: by how much each pause is longer than "
                  "the one before",
                  backoff));
}
arrow::Status ExplainOptions::Validate() const {
  ARROW_RETURN_NOT_OK(InRange("examples", examples, 0, kAnyNumber));
  return execution.Validate();
}
arrow::Status SyncOptions::Validate() const { return execution.Validate(); }
arrow::Status LockOptions::Validate() const { return execution.Validate(); }

arrow::Status BufferedMetadataWriterOptions::Validate() const {
  if (flush_batch_size)
    ARROW_RETURN_NOT_OK(InRange("flush_batch_size", *flush_batch_size, 1, kAnyNumber));
  ARROW_RETURN_NOT_OK(InRange("flush_interval", flush_interval.count(), 0,
                              std::chrono::milliseconds(kLongest).count() / 10, " ms"));
  ARROW_RETURN_NOT_OK(InRange("max_queue_size", max_queue_size, 0, kAnyNumber));
  return write.Validate();
}

}  // namespace metaxy
