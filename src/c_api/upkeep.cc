// C interface for definitions in a store and for table maintenance.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/options.h"
#include "metaxy/c_api_upkeep.h"

using metaxy::internal::CheckGiven;
using metaxy::internal::FillIn;
using metaxy::internal::Guarded;
using metaxy::internal::ToExecutionOptions;

namespace {

std::chrono::seconds AtLeastNone(int64_t seconds) {
  return std::chrono::seconds(std::max<int64_t>(seconds, 0));
}

arrow::Result<metaxy::CompactOptions> ToCompactOptions(const metaxy_compact_options* given) {
  ARROW_ASSIGN_OR_RAISE(const auto compact, metaxy::internal::WithAllMembers(given));
  metaxy::CompactOptions options;
  if (compact.target_rows != 0) options.target_rows = compact.target_rows;
  if (compact.target_bytes != 0) options.target_bytes = compact.target_bytes;
  if (compact.keep_versions_for_seconds != 0)
    options.keep_versions_for = AtLeastNone(compact.keep_versions_for_seconds);
  if (compact.keep_history != 0) options.keep_history = compact.keep_history;
  if (compact.drop_deleted_older_than_seconds != 0)
    options.drop_deleted_older_than = AtLeastNone(compact.drop_deleted_older_than_seconds);
  options.dry_run = compact.dry_run != 0;
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(compact.execution));
  return options;
}

}  // namespace

int32_t metaxy_store_find_write(metaxy_store* store, const char* feature, const char* write_id,
                                int64_t since_version, const metaxy_execution* execution,
                                int64_t* version, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_RETURN_NOT_OK(CheckGiven(write_id, "write_id"));
    ARROW_RETURN_NOT_OK(CheckGiven(version, "version"));
    if (since_version < 0) {
      return metaxy::MakeError(
          metaxy::ErrorCode::kInvalidInput,
          "since_version is " + std::to_string(since_version) + "; use 0 or more");
    }
    ARROW_ASSIGN_OR_RAISE(const auto limits, ToExecutionOptions(execution));
    ARROW_ASSIGN_OR_RAISE(const auto found,
                          store->store->administration().FindWrite(
                              feature, write_id, static_cast<uint64_t>(since_version), limits));
    *version = static_cast<int64_t>(found.value_or(0));
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_push(metaxy_store* store, const metaxy_push_options* options,
                          char** project_version, int32_t* already_pushed, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(project_version, "project_version"));
    ARROW_ASSIGN_OR_RAISE(const auto push, metaxy::internal::ToPushOptions(options));
    ARROW_ASSIGN_OR_RAISE(const std::string project, store->project->name());
    ARROW_ASSIGN_OR_RAISE(const auto result,
                          store->store->definitions().PushGraphSnapshot(project, push));
    *project_version = metaxy::internal::NewText(result.project_version);
    if (already_pushed != nullptr) *already_pushed = result.already_pushed ? 1 : 0;
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_sync(metaxy_store* store, const metaxy_execution* execution, int64_t* loaded,
                          metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    metaxy::SyncOptions options;
    ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(execution));
    ARROW_ASSIGN_OR_RAISE(const auto features,
                          store->project->SyncExternalFeatures(*store->store, options));
    if (loaded != nullptr) *loaded = static_cast<int64_t>(features.size());
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_lock(metaxy_store* store, const metaxy_lock_options* options,
                          metaxy_lock_result* result, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_ASSIGN_OR_RAISE(const auto given, metaxy::internal::WithAllMembers(options));
    ARROW_RETURN_NOT_OK(metaxy::internal::CheckSize(result));
    metaxy::LockOptions lock{.dry_run = given.dry_run != 0};
    if (given.output != nullptr) lock.output = given.output;
    ARROW_ASSIGN_OR_RAISE(lock.execution, ToExecutionOptions(given.execution));
    ARROW_ASSIGN_OR_RAISE(const auto locked, store->project->Lock(*store->store, lock));
    FillIn({.added = static_cast<int64_t>(locked.added.size()),
            .updated = static_cast<int64_t>(locked.updated.size()),
            .removed = static_cast<int64_t>(locked.removed.size()),
            .unchanged = locked.unchanged_count},
           result);
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_compact(metaxy_store* store, const char* feature,
                             const metaxy_compact_options* options, metaxy_compact_result* result,
                             metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_ASSIGN_OR_RAISE(const auto compact, ToCompactOptions(options));
    ARROW_RETURN_NOT_OK(metaxy::internal::CheckSize(result));
    ARROW_ASSIGN_OR_RAISE(const auto done,
                          store->store->administration().CompactMetadata(feature, compact));
    FillIn({.fragments_merged = done.fragments_merged,
            .fragments_written = done.fragments_written,
            .versions_removed = done.versions_removed,
            .bytes_removed = done.bytes_removed,
            .history_rows_removed = done.history_rows_removed,
            .deleted_rows_removed = done.deleted_rows_removed},
           result);
    return arrow::Status::OK();
  });
}
