// Failures in a store: recorded, read and cleared.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <memory>

#include "metaxy/export.h"
#include "metaxy/failures.h"
#include "metaxy/keys.h"
#include "metaxy/status_with.h"

namespace metaxy {

namespace internal {
class StoreSession;
}

/// \brief The samples that could not be computed, as a store has them in a system table. From
/// MetadataStore::failures(); a handle, valid as long as the store, used like the store from many
/// threads, and safe with any other concurrent writers: no attempt is lost or doubled. Functions
/// fail with the errors that all operations of a store have. The reference has no counterpart.
class METAXY_EXPORT StoreFailures {
 public:
  /// \brief Records, in one commit, that samples of a feature could not be computed: one failed
  /// attempt for each sample and provenance in `rows`. These are rows of an increment's new or
  /// stale samples, or have its join columns and `metaxy_provenance` (or
  /// `metaxy_provenance_by_field`); columns of failures.h say of each why it failed, other columns
  /// are ignored. Returns the number of attempts. MetadataSchema if a column is missing, or if ids
  /// are not of the type of the feature's samples; InvalidInput for a null provenance, attempts
  /// below 1, invalid UTF-8 or a system table; FeatureNotInGraph. Nothing is recorded then.
  StatusWith<int64_t> Record(const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
                             const RecordFailuresOptions& options = {});
  StatusWith<int64_t> Record(const FeatureKey& feature,
                             std::shared_ptr<arrow::RecordBatchReader> rows,
                             const RecordFailuresOptions& options = {});

  /// \brief The failures that were recorded and not cleared since: a row per sample and
  /// provenance, with what was recorded of the last attempt, by feature and time of the first one.
  /// Columns: `feature_key`, `metaxy_feature_version`, `ids` (a JSON object), `metaxy_provenance`,
  /// `metaxy_failure_kind`, `metaxy_failure_message`, `metaxy_materialization_id` (large strings),
  /// `metaxy_failure_attempts` (int64), `metaxy_first_failed_at` and `metaxy_failed_at`
  /// (timestamp[us, UTC]). Before them, if one feature is selected, its id columns in their types.
  /// Failures of inputs or code that have changed since are among them. InvalidInput for a filter
  /// on what is not a column.
  arrow::Result<std::shared_ptr<arrow::Table>> Read(const FailureSelection& selection = {});

  /// \brief Forgets failures, so that their samples are retried: exactly those that it sees;
  /// what others record meanwhile stays. CommitConflict if retries are exhausted; nothing is
  /// cleared then.
  StatusWith<ClearedFailures> Clear(const FailureSelection& selection = {});

 private:
  friend class MetadataStore;
  explicit StoreFailures(internal::StoreSession* session) : session_(session) {}

  internal::StoreSession* session_;
};

}  // namespace metaxy
