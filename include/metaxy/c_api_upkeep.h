/* The C interface for definitions in a store, for snapshots and for table maintenance. The rules of
 * c_api.h apply. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "metaxy/c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): C naming conventions. */

/* Mirrors metaxy::PushOptions. */
typedef struct metaxy_push_options {
  size_t struct_size;
  const char* const* tag_names; /* recorded with the definitions; `num_tags` names and values */
  const char* const* tag_values;
  size_t num_tags;
  const metaxy_execution* execution;
} metaxy_push_options;

/* Records the project's definitions in the store. Sets the project version and, if the pointer is
 * not NULL, whether it had been recorded before. Mirrors MetadataStore::PushGraphSnapshot(). */
METAXY_EXPORT int32_t metaxy_store_push(metaxy_store* store, const metaxy_push_options* options,
                                        char** project_version, int32_t* already_pushed,
                                        metaxy_error* error);

/* Loads the definitions of other projects' features from the store; stores that are opened from
 * then on have them, too. Sets `loaded`, if it is not NULL, to their number. Mirrors
 * Project::SyncExternalFeatures(). */
METAXY_EXPORT int32_t metaxy_store_sync(metaxy_store* store, const metaxy_execution* execution,
                                        int64_t* loaded, metaxy_error* error);

/* Mirrors metaxy::LockOptions. */
typedef struct metaxy_lock_options {
  size_t struct_size;
  const char* output; /* NULL: the file of the configuration */
  int32_t dry_run;
  const metaxy_execution* execution;
} metaxy_lock_options;

typedef struct metaxy_lock_result {
  size_t struct_size;
  int64_t added;
  int64_t updated;
  int64_t removed;
  int64_t unchanged;
} metaxy_lock_result;

/* Writes metaxy.lock from the definitions in the store. `result` may be NULL. Mirrors
 * Project::Lock(). */
METAXY_EXPORT int32_t metaxy_store_lock(metaxy_store* store, const metaxy_lock_options* options,
                                        metaxy_lock_result* result, metaxy_error* error);

/* Sets `version` to that of the table which contains the rows of the write that had this write_id,
 * or to 0 if there is none. Versions up to `since_version` are not examined;
 * fails (CorruptTable) if one after it was pruned and the write is not in a later one. Mirrors
 * StoreAdministration::FindWrite(). */
METAXY_EXPORT int32_t metaxy_store_find_write(metaxy_store* store, const char* feature,
                                              const char* write_id, int64_t since_version,
                                              const metaxy_execution* execution, int64_t* version,
                                              metaxy_error* error);

/* Mirrors metaxy::CompactOptions. */
typedef struct metaxy_compact_options {
  size_t struct_size;
  int64_t target_rows;
  int64_t target_bytes;
  int64_t keep_versions_for_seconds; /* 0: the default, a week; below 0: none but the latest */
  int64_t keep_history;              /* 0: all rows */
  int64_t drop_deleted_older_than_seconds; /* 0: no deleted samples; below 0: all of them */
  int32_t dry_run;
  const metaxy_execution* execution;
} metaxy_compact_options;

typedef struct metaxy_compact_result {
  size_t struct_size;
  int64_t fragments_merged;
  int64_t fragments_written;
  int64_t versions_removed;
  int64_t bytes_removed;
  int64_t history_rows_removed;
  int64_t deleted_rows_removed;
} metaxy_compact_result;

/* `result` may be NULL. Mirrors MetadataStore::CompactMetadata(). */
METAXY_EXPORT int32_t metaxy_store_compact(metaxy_store* store, const char* feature,
                                           const metaxy_compact_options* options,
                                           metaxy_compact_result* result, metaxy_error* error);

/* Mirrors metaxy::CreateSnapshotOptions. */
typedef struct metaxy_snapshot_options {
  size_t struct_size;
  const char* const* features; /* NULL: all; else `num_features` keys */
  size_t num_features;
  const metaxy_execution* execution;
} metaxy_snapshot_options;

/* Gives the current rows a name. Sets `json`, if it is not NULL, to what was recorded, as printed
 * by `metaxy snapshot show --format json`; to be freed. Mirrors StoreSnapshots::Create(). */
METAXY_EXPORT int32_t metaxy_snapshot_create(metaxy_store* store, const char* name,
                                             const metaxy_snapshot_options* options, char** json,
                                             metaxy_error* error);

/* Sets `json` to a list of the same objects, the latest snapshot first. Mirrors
 * StoreSnapshots::List(). */
METAXY_EXPORT int32_t metaxy_snapshot_list(metaxy_store* store, const metaxy_execution* execution,
                                           char** json, metaxy_error* error);

/* Sets `at` to a store for reading, with the rows and the definitions of the snapshot. It keeps
 * `store` open for itself, which may be freed; to be freed by metaxy_store_free(). Mirrors
 * StoreSnapshots::Open(). */
METAXY_EXPORT int32_t metaxy_snapshot_open(metaxy_store* store, const char* name,
                                           const metaxy_execution* execution, metaxy_store** at,
                                           metaxy_error* error);

/* Sets `json` to a list of objects, one per feature, as in `metaxy snapshot diff --format json`.
 * `second` may be NULL: what the store has now. Mirrors StoreSnapshots::Diff(). */
METAXY_EXPORT int32_t metaxy_snapshot_diff(metaxy_store* store, const char* first,
                                           const char* second,
                                           const metaxy_snapshot_options* options, char** json,
                                           metaxy_error* error);

/* Mirrors StoreSnapshots::Delete(). */
METAXY_EXPORT int32_t metaxy_snapshot_delete(metaxy_store* store, const char* name,
                                             const metaxy_execution* execution,
                                             metaxy_error* error);

enum { METAXY_CONFLICTS_REFUSE = 0, METAXY_CONFLICTS_KEEP = 1, METAXY_CONFLICTS_OVERWRITE = 2 };

/* Mirrors metaxy::PromoteOptions. */
typedef struct metaxy_promote_options {
  size_t struct_size;
  const char* const* features; /* NULL: all of the project; else `num_features` keys */
  size_t num_features;
  int32_t conflicts; /* METAXY_CONFLICTS_REFUSE, ... */
  int32_t dry_run;
  const metaxy_execution* execution;
} metaxy_promote_options;

/* Copies what the store `from` itself has made into `store`. Sets `json`, if it is not NULL, to a
 * list of objects, one per feature, as in `metaxy store promote --format json`. Mirrors
 * StoreAdministration::Promote(). */
METAXY_EXPORT int32_t metaxy_store_promote(metaxy_store* store, metaxy_store* from,
                                           const metaxy_promote_options* options, char** json,
                                           metaxy_error* error);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
} /* extern "C" */
#endif
