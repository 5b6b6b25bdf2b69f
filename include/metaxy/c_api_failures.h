/* The C interface for samples that could not be computed. The rules of c_api.h apply. */
#pragma once

#include <arrow/c/abi.h>
#include <stddef.h>
#include <stdint.h>

#include "metaxy/c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happens to samples that have failed. Mirrors metaxy::FailurePolicy. */
enum { METAXY_FAILURES_INCLUDE = 0, METAXY_FAILURES_SKIP = 1, METAXY_FAILURES_RETRY = 2 };

/* NOLINTBEGIN(readability-identifier-naming): C naming conventions. */

/* When a sample that has failed is retried. Mirrors metaxy::RetryPolicy. */
struct metaxy_retry_policy {
  size_t struct_size;
  int64_t max_attempts;           /* 0: 3 */
  double first_wait_seconds;      /* after the first failed attempt */
  double backoff;                 /* by how much pauses grow; 0: 2 */
  double max_wait_seconds;        /* 0: a day */
  const char* const* never_retry; /* kinds of failures */
  size_t num_never_retry;
};

/* Mirrors metaxy::RecordFailuresOptions. */
typedef struct metaxy_record_failures_options {
  size_t struct_size;
  const char* kind;               /* of rows that have none; NULL: they have none */
  const char* message;            /* the same */
  const char* materialization_id; /* NULL: the store's default */
  int32_t dry_run;                /* 1: only find out what would be wrong */
  const metaxy_execution* execution;
} metaxy_record_failures_options;

/* Records that samples could not be computed: rows of an increment that failed. Sets `recorded`,
 * unless it is NULL, to the number of attempts. Mirrors StoreFailures::Record(). */
METAXY_EXPORT int32_t metaxy_store_record_failures(metaxy_store* store, const char* feature,
                                                   struct ArrowArrayStream* rows,
                                                   const metaxy_record_failures_options* options,
                                                   int64_t* recorded, metaxy_error* error);

/* Mirrors metaxy::FailureSelection. */
typedef struct metaxy_failure_selection {
  size_t struct_size;
  const char* const* features; /* all if there are none */
  size_t num_features;
  const char* const* kinds; /* all if there are none */
  size_t num_kinds;
  const char* const* filters;
  size_t num_filters;
  const metaxy_execution* execution;
} metaxy_failure_selection;

/* Mirrors StoreFailures::Read(). */
METAXY_EXPORT int32_t metaxy_store_read_failures(metaxy_store* store,
                                                 const metaxy_failure_selection* selection,
                                                 struct ArrowArrayStream* rows,
                                                 metaxy_error* error);

/* Mirrors metaxy::ClearedFailures. */
typedef struct metaxy_cleared_failures {
  size_t struct_size;
  int64_t failures;
  int64_t attempts;
} metaxy_cleared_failures;

/* Forgets failures, so that their samples are retried. `cleared` may be NULL. Mirrors
 * StoreFailures::Clear(). */
METAXY_EXPORT int32_t metaxy_store_clear_failures(metaxy_store* store,
                                                  const metaxy_failure_selection* selection,
                                                  metaxy_cleared_failures* cleared,
                                                  metaxy_error* error);

/* The number of samples that would be new or stale, had they not failed, and their rows; -1 if
 * `increment` is NULL. Mirrors IncrementCounts::failed and LazyIncrement::failed(). */
METAXY_EXPORT int64_t metaxy_increment_failed_count(const metaxy_increment* increment);
METAXY_EXPORT int32_t metaxy_increment_failed(const metaxy_increment* increment,
                                              struct ArrowArrayStream* rows, metaxy_error* error);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
} /* extern "C" */
#endif
