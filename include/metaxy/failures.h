// Failures of samples as data: recording, reading and clearing them, and what a resolve makes of
// them.
//
// A failure belongs to what was tried: a sample of a feature, under a version of the feature, with
// the provenance that a resolve gave it. When inputs or code change, the provenance changes, and
// the sample is simply new or stale again. A write of the sample is a success, which clears its
// failures.
//
// A store keeps one row per failed attempt in the system table `metaxy_system__failures`, which the
// Python package neither reads nor minds. Rows are only ever appended, and removed by name: of
// concurrent writers none loses or doubles an attempt. docs/failures.md has the table and a guide.
#pragma once

#include <arrow/status.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/filter.h"
#include "metaxy/keys.h"

namespace metaxy {

// Columns of rows given to StoreFailures::Record(), and of those from Read().
inline constexpr std::string_view kFailureKind = "metaxy_failure_kind";
inline constexpr std::string_view kFailureMessage = "metaxy_failure_message";
/// Failed attempts that a row stands for: 1 if absent in a row to record.
inline constexpr std::string_view kFailureAttempts = "metaxy_failure_attempts";
/// timestamp[us, UTC]: of the attempt, the time of recording if absent; of the last one if read.
inline constexpr std::string_view kFailedAt = "metaxy_failed_at";
/// timestamp[us, UTC]: of the first attempt; only if read.
inline constexpr std::string_view kFirstFailedAt = "metaxy_first_failed_at";

/// \brief When a sample that has failed is retried.
struct METAXY_EXPORT RetryPolicy {
  /// Attempts before a sample is given up, the first one included; at least 1.
  int64_t max_attempts = 3;
  /// Pause after the first failed attempt.
  std::chrono::seconds first_wait = std::chrono::seconds(0);
  /// By how much the pause grows with every further attempt; at least 1.
  double backoff = 2.0;
  /// The longest pause.
  std::chrono::seconds max_wait = std::chrono::hours(24);
  /// Kinds of failures that no further attempt can mend: a sample that has failed with one of them
  /// is not retried.
  std::vector<std::string> never_retry = {};

  /// \brief InvalidInput, naming the option and its range.
  arrow::Status Validate() const;
};

/// \brief What a resolve does with samples that have failed. A value type.
class METAXY_EXPORT FailurePolicy {
 public:
  enum class Mode { kInclude, kSkip, kRetry };

  /// \brief They are new or stale, as if nothing had been recorded: the behaviour of the Python
  /// package. Failures are not looked at.
  FailurePolicy() = default;
  static FailurePolicy Include() { return {}; }
  /// \brief They are `failed`, however long ago and how often they were tried.
  static FailurePolicy Skip() { return FailurePolicy(Mode::kSkip, {}); }
  /// \brief They are new or stale if the policy lets them be retried, else `failed`.
  static FailurePolicy Retry(RetryPolicy policy = {}) {
    return FailurePolicy(Mode::kRetry, std::move(policy));
  }

  Mode mode() const { return mode_; }
  /// \brief Meaningful in the mode kRetry.
  const RetryPolicy& retry() const { return retry_; }

 private:
  FailurePolicy(Mode mode, RetryPolicy retry) : mode_(mode), retry_(std::move(retry)) {}

  Mode mode_ = Mode::kInclude;
  RetryPolicy retry_ = {};
};

struct METAXY_EXPORT RecordFailuresOptions {
  /// For rows without a kind or a message of their own.
  std::optional<std::string> kind = std::nullopt;
  std::optional<std::string> message = std::nullopt;
  /// Instead of the store's default.
  std::optional<std::string> materialization_id = std::nullopt;
  /// Only find out what would be wrong; the store may be open for reading.
  bool dry_run = false;
  /// Nothing is recorded if it stops the call.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief Which failures are read or cleared: those for which all of this holds.
struct METAXY_EXPORT FailureSelection {
  /// All features if there are none.
  std::vector<FeatureKey> features = {};
  /// All kinds if there are none.
  std::vector<std::string> kinds = {};
  /// On the columns of StoreFailures::Read(); id columns are among them for a single feature.
  Filters filters = {};
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

struct ClearedFailures {
  int64_t failures = 0;  ///< as rows of StoreFailures::Read()
  int64_t attempts = 0;  ///< that had been recorded for them
};

}  // namespace metaxy
