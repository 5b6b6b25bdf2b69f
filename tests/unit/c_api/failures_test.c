/* Failures through the C interface: recorded, skipped, retried, read and cleared. */
#include <metaxy/c_api_failures.h>
#include <string.h>

#include "check.h"
#include "streams.h"

static const struct video kVideos[] = {{"v1", "a1", "f1"}, {"v2", "a2", "f2"}};

/* Of the two videos so many are new, and so many have failed. */
static void expect_counts(metaxy_store* store, int32_t failures,
                          const struct metaxy_retry_policy* retry, int64_t new_samples,
                          int64_t failed) {
  metaxy_resolve_options options;
  metaxy_increment* increment = NULL;
  struct ArrowArrayStream samples, rows;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.samples = &samples;
  options.failures = failures;
  options.retry = retry;
  make_videos(kVideos, 2, &samples);
  OK(metaxy_store_resolve_update(store, "example/video", &options, &increment, failure));
  CHECK(metaxy_increment_counts(increment).new_samples == new_samples);
  CHECK(metaxy_increment_failed_count(increment) == failed);
  OK(metaxy_increment_failed(increment, &rows, failure));
  CHECK(count_rows(&rows) == failed);
  metaxy_increment_free(increment);
}

static const char* kinds[] = {"Broken"};

static void record_and_resolve(metaxy_store* store) {
  metaxy_record_failures_options record;
  struct metaxy_retry_policy retry;
  metaxy_resolve_options resolve;
  metaxy_increment* increment = NULL;
  struct ArrowArrayStream rows;
  int64_t recorded = -1;

  memset(&record, 0, sizeof(record));
  record.struct_size = sizeof(record);
  record.kind = "Broken";
  record.dry_run = 1;
  make_videos(kVideos, 1, &rows);
  OK(metaxy_store_record_failures(store, "example/video", &rows, &record, &recorded, failure));
  CHECK(recorded == 1);
  expect_counts(store, METAXY_FAILURES_SKIP, NULL, 2, 0);
  record.dry_run = 0;
  make_videos(kVideos, 1, &rows);
  OK(metaxy_store_record_failures(store, "example/video", &rows, &record, NULL, failure));
  expect_counts(store, METAXY_FAILURES_SKIP, NULL, 1, 1);
  expect_counts(store, METAXY_FAILURES_INCLUDE, NULL, 2, 0);
  expect_counts(store, METAXY_FAILURES_RETRY, NULL, 2, 0);
  memset(&retry, 0, sizeof(retry));
  retry.struct_size = sizeof(retry);
  retry.first_wait_seconds = 3600;
  expect_counts(store, METAXY_FAILURES_RETRY, &retry, 1, 1);
  retry.first_wait_seconds = 0;
  retry.never_retry = kinds;
  retry.num_never_retry = 1;
  expect_counts(store, METAXY_FAILURES_RETRY, &retry, 1, 1);

  memset(&resolve, 0, sizeof(resolve));
  resolve.struct_size = sizeof(resolve);
  resolve.failures = 7;
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &resolve, &increment, failure),
        "InvalidInput", "failures is 7");
  resolve.failures = METAXY_FAILURES_RETRY;
  resolve.retry = &retry;
  retry.first_wait_seconds = -1;
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &resolve, &increment, failure),
        "InvalidInput", "first_wait_seconds is -1");
}

static void read_and_clear(metaxy_store* store) {
  const char* wrong[] = {"attempts >"};
  metaxy_failure_selection selection;
  metaxy_cleared_failures cleared;
  struct ArrowArrayStream rows;

  memset(&selection, 0, sizeof(selection));
  selection.struct_size = sizeof(selection);
  selection.filters = wrong;
  selection.num_filters = 1;
  FAILS(metaxy_store_read_failures(store, &selection, &rows, failure), "FilterParse", "attempts");
  selection.num_filters = 0;
  selection.kinds = kinds;
  selection.num_kinds = 1;
  OK(metaxy_store_read_failures(store, &selection, &rows, failure));
  CHECK(count_rows(&rows) == 1);
  memset(&cleared, 0, sizeof(cleared));
  FAILS(metaxy_store_clear_failures(store, &selection, &cleared, failure), "InvalidInput",
        "struct_size of the result");
  cleared.struct_size = sizeof(cleared);
  OK(metaxy_store_clear_failures(store, &selection, &cleared, failure));
  CHECK(cleared.failures == 1 && cleared.attempts == 1);
  OK(metaxy_store_clear_failures(store, NULL, NULL, failure));
  OK(metaxy_store_read_failures(store, NULL, &rows, failure));
  CHECK(count_rows(&rows) == 0);
}

static void fail_without_arguments(metaxy_store* store) {
  struct ArrowArrayStream rows;
  const int before = released_streams();
  make_videos(kVideos, 1, &rows);
  FAILS(metaxy_store_record_failures(NULL, "example/video", &rows, NULL, NULL, failure),
        "InvalidInput", "`store` is NULL");
  make_videos(kVideos, 1, &rows);
  FAILS(metaxy_store_record_failures(store, NULL, &rows, NULL, NULL, failure), "InvalidInput",
        "`feature` is NULL");
  CHECK(released_streams() == before + 2);
  FAILS(metaxy_store_record_failures(store, "example/video", NULL, NULL, NULL, failure),
        "InvalidInput", "`rows` is NULL");
  FAILS(metaxy_store_read_failures(NULL, NULL, &rows, failure), "InvalidInput", "`store` is NULL");
  FAILS(metaxy_store_read_failures(store, NULL, NULL, failure), "InvalidInput", "`rows` is NULL");
  FAILS(metaxy_store_clear_failures(NULL, NULL, NULL, failure), "InvalidInput", "`store` is NULL");
  FAILS(metaxy_increment_failed(NULL, &rows, failure), "InvalidInput", "`increment` is NULL");
  CHECK(metaxy_increment_failed_count(NULL) == -1);
}

int main(void) {
  metaxy_project* project = NULL;
  metaxy_store* store = NULL;
  OK(metaxy_project_load(NULL, NULL, &project, failure));
  OK(metaxy_store_open(project, NULL, METAXY_WRITE, NULL, &store, failure));
  record_and_resolve(store);
  read_and_clear(store);
  fail_without_arguments(store);
  OK(metaxy_store_close(store, NULL, failure));
  metaxy_store_free(store);
  metaxy_project_free(project);
  return 0;
}
