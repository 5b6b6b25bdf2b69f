/* The C interface for definitions in a store and for table maintenance. The rules of c_api.h apply.
 */
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
 * or to 0 if there is none. Versions up to `since_version` are not examined. Mirrors
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

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
} /* extern "C" */
#endif
