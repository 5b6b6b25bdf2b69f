/* The C interface: the operations of a pipeline on a project and its stores, with rows as Arrow C
 * streams.
 *
 * For programs in C and for other languages; c_api_upkeep.h has definitions and maintenance,
 * c_api_failures.h what could not be computed. The ABI is stable for a given METAXY_C_ABI_VERSION:
 * functions and members are added, none is changed or removed. The header is C99.
 *
 * 1. Handles are opaque. Each has a metaxy_x_free(), which accepts NULL. A handle may be used by
 * many threads at once, but not while it is freed, and in any order: a store keeps its project
 * alive, and what comes of a store holds what it needs.
 * 2. What can fail returns a code, METAXY_OK (0) or one of metaxy::ErrorCode (errors.h), and takes
 * a metaxy_error last. The caller sets it to zeros before, or gives NULL; after a failure its
 * release() frees the message. Results are set only if there was no failure.
 * 3. Texts are UTF-8 and end with a zero byte. Those given are read until the call returns; those
 * received are freed with metaxy_text_free().
 * 4. Streams that are given are consumed: released in any case, also if the call fails. Streams
 * that are received are released by the caller.
 * 5. Options may be NULL, which means that all are zeros: the defaults. `struct_size` is sizeof()
 * of the struct as the caller compiled it (InvalidInput if it is 0); members that it does not have
 * count as zeros. The same holds for structs that are filled in: the caller sets `struct_size`.
 * 6. No exception leaves a function, and nothing is printed. Callbacks call nothing of this header.
 */
#pragma once

#include <arrow/c/abi.h>
#include <stddef.h>
#include <stdint.h>

#include "metaxy/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): C naming conventions. */

#define METAXY_C_ABI_VERSION 1
#define METAXY_OK 0

typedef struct metaxy_project metaxy_project;
typedef struct metaxy_store metaxy_store;
typedef struct metaxy_increment metaxy_increment;
typedef struct metaxy_stop metaxy_stop;

/* An error. `retryable` is 1 if the same call may succeed later. */
typedef struct metaxy_error {
  int32_t code;
  int32_t retryable;
  char* message; /* one line: what failed, with which value, what to do */
  void (*release)(struct metaxy_error* error);
} metaxy_error;

/* METAXY_C_ABI_VERSION of the loaded library. */
METAXY_EXPORT int32_t metaxy_abi_version(void);
/* The version of the library, such as "0.1.0". Must not be freed. */
METAXY_EXPORT const char* metaxy_version(void);
/* The name of a code, such as "FeatureNotFound"; "OK" for METAXY_OK. Must not be freed. */
METAXY_EXPORT const char* metaxy_error_name(int32_t code);
METAXY_EXPORT void metaxy_text_free(char* text);

/* A stop token. Another thread may request a stop while a call runs, which then ends with
 * Cancelled. */
METAXY_EXPORT metaxy_stop* metaxy_stop_new(void);
METAXY_EXPORT void metaxy_stop_request(metaxy_stop* stop);
/* Safe while calls that use it are still running. */
METAXY_EXPORT void metaxy_stop_free(metaxy_stop* stop);

/* Limits and callbacks of a call. Mirrors metaxy::ExecutionOptions. */
typedef struct metaxy_execution {
  size_t struct_size;
  int64_t memory_limit;   /* bytes; 0: the store's */
  int32_t threads;        /* 0: one per core */
  double timeout_seconds; /* 0: none; when it expires, the call ends with Timeout */
  metaxy_stop* stop;
  /* Called by one thread at a time, not always the same. `total` is 0 if unknown. */
  void (*on_progress)(void* data, int32_t phase, int64_t rows, int64_t total);
  void* progress_data;
} metaxy_execution;

enum { METAXY_LOG_INFO = 0, METAXY_LOG_WARNING = 1 };

typedef struct metaxy_load_options {
  size_t struct_size;
  /* 1 if the project is for metaxy_project_lock(): mirrors Project::LoadForLock(). */
  int32_t for_lock;
  /* Receives the log records of the project and its stores, from one thread at a time, as long as
   * they live. `subject` is a name of metaxy::LogSubject, such as "retry"; `values` a JSON object.
   */
  void (*on_log)(void* data, int32_t severity, const char* subject, const char* message,
                 const char* values);
  void* log_data;
} metaxy_load_options;

/* Loads the project of a metaxy.toml; NULL searches for one as the program metaxy does. Mirrors
 * Project::Load(). */
METAXY_EXPORT int32_t metaxy_project_load(const char* config_file,
                                          const metaxy_load_options* options,
                                          metaxy_project** project, metaxy_error* error);
METAXY_EXPORT void metaxy_project_free(metaxy_project* project);
/* The version of a feature, derived from its definition. FeatureNotInGraph. */
METAXY_EXPORT int32_t metaxy_project_feature_version(const metaxy_project* project,
                                                     const char* feature, char** version,
                                                     metaxy_error* error);

enum { METAXY_READ = 0, METAXY_WRITE = 1 };

/* Opens a store of the project; NULL names the default one. Mirrors Project::OpenStore(). */
METAXY_EXPORT int32_t metaxy_store_open(const metaxy_project* project, const char* name,
                                        int32_t mode, const metaxy_execution* execution,
                                        metaxy_store** store, metaxy_error* error);
/* Closes the store and reports failures; metaxy_store_free() closes it, too. */
METAXY_EXPORT int32_t metaxy_store_close(metaxy_store* store, const metaxy_execution* execution,
                                         metaxy_error* error);
METAXY_EXPORT void metaxy_store_free(metaxy_store* store);

/* Appends rows to a feature's table. Mirrors MetadataStore::Write(). */
METAXY_EXPORT int32_t metaxy_store_write(metaxy_store* store, const char* feature,
                                         struct ArrowArrayStream* rows,
                                         const metaxy_execution* execution, metaxy_error* error);

/* Mirrors metaxy::WriteOptions. */
typedef struct metaxy_write_options {
  size_t struct_size;
  const char* materialization_id; /* NULL: the store's default */
  int32_t preserve_feature_version;
  const metaxy_execution* execution;
  const char* write_id; /* recorded with the commit, for metaxy_store_find_write(), or NULL */
} metaxy_write_options;

/* Mirrors metaxy::WriteResult. */
typedef struct metaxy_write_result {
  size_t struct_size;
  int64_t rows;
  int64_t version; /* of the table that contains the rows; 0 if a server does not report it */
} metaxy_write_result;

/* The same with all options; returns what was written, unless `result` is NULL. */
METAXY_EXPORT int32_t metaxy_store_write_rows(metaxy_store* store, const char* feature,
                                              struct ArrowArrayStream* rows,
                                              const metaxy_write_options* options,
                                              metaxy_write_result* result, metaxy_error* error);

/* Mirrors metaxy::ReadOptions. Filters are SQL-like strings, all of which must hold. */
typedef struct metaxy_read_options {
  size_t struct_size;
  const char* const* filters;
  size_t num_filters;
  const char* const* columns; /* all if there are none */
  size_t num_columns;
  int32_t with_feature_history;
  int32_t with_sample_history;
  int32_t include_soft_deleted;
  const metaxy_execution* execution;
} metaxy_read_options;

/* Mirrors MetadataStore::Read() and CountRows(). */
METAXY_EXPORT int32_t metaxy_store_read(metaxy_store* store, const char* feature,
                                        const metaxy_read_options* options,
                                        struct ArrowArrayStream* rows, metaxy_error* error);
METAXY_EXPORT int32_t metaxy_store_count_rows(metaxy_store* store, const char* feature,
                                              const metaxy_read_options* options, int64_t* count,
                                              metaxy_error* error);

/* Mirrors metaxy::DeleteOptions. */
typedef struct metaxy_delete_options {
  size_t struct_size;
  const char* const* filters; /* all rows if there are none */
  size_t num_filters;
  int32_t hard; /* 1: remove the rows instead of marking them as deleted */
  int32_t with_feature_history;
  int32_t with_sample_history;
  const metaxy_execution* execution;
} metaxy_delete_options;

/* Deletes the rows that match all filters. Mirrors MetadataStore::Delete(). */
METAXY_EXPORT int32_t metaxy_store_delete(metaxy_store* store, const char* feature,
                                          const metaxy_delete_options* options,
                                          metaxy_error* error);
/* The same; sets `rows`, unless it is NULL, to the number of rows that were marked or removed. */
METAXY_EXPORT int32_t metaxy_store_delete_rows(metaxy_store* store, const char* feature,
                                               const metaxy_delete_options* options, int64_t* rows,
                                               metaxy_error* error);

/* Filters on the rows of one feature. */
typedef struct metaxy_feature_filters {
  const char* feature;
  const char* const* filters;
  size_t num_filters;
} metaxy_feature_filters;

/* What happens to samples that have failed. Mirrors metaxy::FailurePolicy; c_api_failures.h. */
enum { METAXY_FAILURES_INCLUDE = 0, METAXY_FAILURES_SKIP = 1, METAXY_FAILURES_RETRY = 2 };

/* Mirrors metaxy::ResolveUpdateOptions. */
typedef struct metaxy_resolve_options {
  size_t struct_size;
  struct ArrowArrayStream* samples; /* for a root feature; NULL for others */
  const char* const* global_filters;
  size_t num_global_filters;
  const char* const* target_filters;
  size_t num_target_filters;
  const char* const* staleness_predicates;
  size_t num_staleness_predicates;
  int32_t skip_comparison;
  const metaxy_execution* execution;
  const metaxy_feature_filters* filters; /* on single parents, or on the feature itself */
  size_t num_filters;
  int32_t failures;                        /* one of METAXY_FAILURES_* */
  const struct metaxy_retry_policy* retry; /* for METAXY_FAILURES_RETRY; NULL: the defaults */
  const char* delta; /* "auto", "off" or "verify"; NULL: as the store is configured */
  const struct metaxy_feature_rows* parents; /* kept outside of the store; c_api_upkeep.h */
  size_t num_parents;
} metaxy_resolve_options;

/* Finds the samples that are new, stale or orphaned. Mirrors MetadataStore::ResolveUpdateLazy():
 * rows are fetched when a stream of them is read, as long as the store is open. */
METAXY_EXPORT int32_t metaxy_store_resolve_update(metaxy_store* store, const char* feature,
                                                  const metaxy_resolve_options* options,
                                                  metaxy_increment** increment,
                                                  metaxy_error* error);
METAXY_EXPORT void metaxy_increment_free(metaxy_increment* increment);

typedef struct metaxy_counts {
  int64_t new_samples;
  int64_t stale;
  int64_t orphaned;
} metaxy_counts;

/* The parts of an increment; the counts are -1 if `increment` is NULL. */
METAXY_EXPORT metaxy_counts metaxy_increment_counts(const metaxy_increment* increment);
METAXY_EXPORT int32_t metaxy_increment_new_samples(const metaxy_increment* increment,
                                                   struct ArrowArrayStream* rows,
                                                   metaxy_error* error);
METAXY_EXPORT int32_t metaxy_increment_stale(const metaxy_increment* increment,
                                             struct ArrowArrayStream* rows, metaxy_error* error);
METAXY_EXPORT int32_t metaxy_increment_orphaned(const metaxy_increment* increment,
                                                struct ArrowArrayStream* rows, metaxy_error* error);

/* Sets `percent` of the input units that have been processed at least once, and returns 1; 0 if
 * there is no input, or if a pointer is NULL. Mirrors LazyIncrement::input_progress(). */
METAXY_EXPORT int32_t metaxy_increment_input_progress(const metaxy_increment* increment,
                                                      double* percent);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
} /* extern "C" */
#endif
