/* The C interface as a program in C uses it: a pipeline, every kind of failure, stopping, and who
 * frees what. */
#include <metaxy/c_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

/* Succeeds, or prints what went wrong. */
#define OK(call)                                                                      \
  do {                                                                                \
    metaxy_error error = {0, 0, NULL, NULL};                                          \
    metaxy_error* failure = &error;                                                   \
    const int32_t code = (call);                                                      \
    if (code != METAXY_OK) {                                                          \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, metaxy_error_name(code), \
              error.message);                                                         \
      exit(1);                                                                        \
    }                                                                                 \
    CHECK(failure->message == NULL);                                                  \
  } while (0)

/* Fails with the code of this name, and a message with these words in one line. */
#define FAILS(call, name, words)                                                              \
  do {                                                                                        \
    metaxy_error error = {0, 0, NULL, NULL};                                                  \
    metaxy_error* failure = &error;                                                           \
    const int32_t code = (call);                                                              \
    CHECK(code != METAXY_OK && failure->code == code);                                        \
    if (strcmp(metaxy_error_name(code), name) != 0 || strstr(error.message, words) == NULL || \
        strchr(error.message, '\n') != NULL) {                                                \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, metaxy_error_name(code),         \
              error.message);                                                                 \
      exit(1);                                                                                \
    }                                                                                         \
    error.release(&error);                                                                    \
    CHECK(error.message == NULL);                                                             \
  } while (0)

static const struct video kVideos[] = {{"v1", "a1", "f1"}, {"v2", "a2", "f2"}};
static const struct video kLouder[] = {{"v1", "a1-louder", "f1"}};

static void write_videos(metaxy_store* store, const struct video* videos, int64_t count) {
  struct ArrowArrayStream rows;
  make_videos(videos, count, &rows);
  OK(metaxy_store_write(store, "example/video", &rows, NULL, failure));
}

static metaxy_counts counts_of(metaxy_store* store, const char* feature) {
  metaxy_increment* increment = NULL;
  metaxy_counts counts;
  OK(metaxy_store_resolve_update(store, feature, NULL, &increment, failure));
  counts = metaxy_increment_counts(increment);
  metaxy_increment_free(increment);
  return counts;
}

/* Samples in, increments out, results back in. */
static void run_pipeline(metaxy_store* store) {
  metaxy_resolve_options options;
  metaxy_increment* increment = NULL;
  struct ArrowArrayStream samples, rows;
  metaxy_counts counts;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.samples = &samples;
  make_videos(kVideos, 2, &samples);
  OK(metaxy_store_resolve_update(store, "example/video", &options, &increment, failure));
  CHECK(metaxy_increment_counts(increment).new_samples == 2);
  OK(metaxy_increment_new_samples(increment, &rows, failure));
  OK(metaxy_store_write(store, "example/video", &rows, NULL, failure));
  metaxy_increment_free(increment);

  OK(metaxy_store_resolve_update(store, "example/transcript", NULL, &increment, failure));
  OK(metaxy_increment_new_samples(increment, &rows, failure));
  metaxy_increment_free(increment); /* The stream stays valid. */
  OK(metaxy_store_write(store, "example/transcript", &rows, NULL, failure));

  write_videos(store, kLouder, 1);
  counts = counts_of(store, "example/transcript");
  CHECK(counts.new_samples == 0 && counts.stale == 1 && counts.orphaned == 0);
}

static void progress(void* data, int32_t phase, int64_t rows, int64_t total) {
  (void)phase;
  (void)total;
  CHECK(rows >= 0);
  ++*(int*)data;
}

static void read_rows(metaxy_store* store) {
  const char* filters[] = {"video_id = 'v1'"};
  const char* columns[] = {"video_id"};
  metaxy_execution execution;
  metaxy_read_options options;
  struct ArrowArrayStream rows;
  struct ArrowSchema schema;
  int64_t count = -1;
  int calls = 0;

  memset(&execution, 0, sizeof(execution));
  execution.struct_size = sizeof(execution);
  execution.threads = 1;
  execution.timeout_seconds = 3600;
  execution.on_progress = progress;
  execution.progress_data = &calls;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.filters = filters;
  options.num_filters = 1;
  options.columns = columns;
  options.num_columns = 1;
  options.execution = &execution;
  OK(metaxy_store_count_rows(store, "example/video", NULL, &count, failure));
  CHECK(count == 2);
  OK(metaxy_store_count_rows(store, "example/video", &options, &count, failure));
  CHECK(count == 1 && calls > 0);
  OK(metaxy_store_read(store, "example/video", &options, &rows, failure));
  CHECK(rows.get_schema(&rows, &schema) == 0);
  CHECK(schema.n_children == 1 && strcmp(schema.children[0]->name, "video_id") == 0);
  schema.release(&schema);
  CHECK(count_rows(&rows) == 1);
}

static void fail_in_many_ways(const metaxy_project* project, metaxy_store* store) {
  const char* wrong[] = {"size >"};
  metaxy_read_options read;
  metaxy_execution execution;
  metaxy_store* unopened = NULL;
  struct ArrowArrayStream rows;
  const int before = released_streams();

  memset(&read, 0, sizeof(read));
  FAILS(metaxy_store_read(store, "example/video", &read, &rows, failure), "InvalidInput",
        "struct_size");
  read.struct_size = sizeof(read);
  read.filters = wrong;
  read.num_filters = 1;
  FAILS(metaxy_store_read(store, "example/video", &read, &rows, failure), "FilterParse", "size >");
  FAILS(metaxy_store_read(store, "no/such", NULL, &rows, failure), "FeatureNotInGraph", "no/such");
  FAILS(metaxy_store_read(NULL, "example/video", NULL, &rows, failure), "InvalidInput",
        "`store` is NULL");
  FAILS(metaxy_store_open(project, "nowhere", METAXY_READ, &unopened, failure), "InvalidConfig",
        "nowhere");
  FAILS(metaxy_store_open(project, NULL, 7, &unopened, failure), "InvalidInput", "mode 7");
  CHECK(unopened == NULL);

  /* A stream is used up on every path. */
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(store, "no/such", &rows, NULL, failure), "FeatureNotInGraph", "no/such");
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(NULL, "example/video", &rows, NULL, failure), "InvalidInput",
        "`store` is NULL");
  CHECK(released_streams() == before + 2);
  FAILS(metaxy_store_write(store, "example/video", &rows, NULL, failure), "InvalidInput",
        "released already");

  /* Without a place for the error the code is told. */
  CHECK(metaxy_store_read(store, "no/such", NULL, &rows, NULL) != METAXY_OK);

  memset(&execution, 0, sizeof(execution));
  execution.struct_size = sizeof(execution);
  execution.timeout_seconds = -1;
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(store, "example/video", &rows, &execution, failure), "InvalidInput",
        "timeout_seconds -1");
}

/* What was asked to stop does nothing. */
static void stop(metaxy_store* store) {
  metaxy_stop* wish = metaxy_stop_new();
  metaxy_execution execution;
  metaxy_resolve_options options;
  metaxy_increment* increment = NULL;
  struct ArrowArrayStream rows;
  int64_t before = 0, after = 0;

  memset(&execution, 0, sizeof(execution));
  execution.struct_size = sizeof(execution);
  execution.stop = wish;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.execution = &execution;
  OK(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure));
  metaxy_increment_free(increment);
  metaxy_stop_request(wish);
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure),
        "Cancelled", "cancelled");
  OK(metaxy_store_count_rows(store, "example/video", NULL, &before, failure));
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(store, "example/video", &rows, &execution, failure), "Cancelled",
        "writing rows");
  OK(metaxy_store_count_rows(store, "example/video", NULL, &after, failure));
  CHECK(before == after);
  metaxy_stop_free(wish);

  execution.stop = NULL;
  execution.timeout_seconds = 1e-9;
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(store, "example/video", &rows, &execution, failure), "Timeout",
        "deadline");
}

int main(int argc, char** argv) {
  metaxy_project* project = NULL;
  metaxy_store* store = NULL;
  struct ArrowArrayStream rows;
  const char* first[] = {"video_id = 'v1'"};
  char* version = NULL;
  int64_t count = -1;

  CHECK(argc == 2);
  CHECK(metaxy_abi_version() == METAXY_C_ABI_VERSION);
  CHECK(strlen(metaxy_version()) > 0);
  CHECK(strcmp(metaxy_error_name(METAXY_OK), "OK") == 0);
  FAILS(metaxy_project_load("no/such.toml", &project, failure), "InvalidConfig", "no/such.toml");
  OK(metaxy_project_load(argv[1], &project, failure));
  OK(metaxy_project_feature_version(project, "example/video", &version, failure));
  CHECK(strlen(version) == 8);
  metaxy_text_free(version);
  OK(metaxy_store_open(project, NULL, METAXY_WRITE, &store, failure));

  run_pipeline(store);
  read_rows(store);
  fail_in_many_ways(project, store);
  stop(store);

  OK(metaxy_store_delete(store, "example/video", first, 1, 0, failure));
  OK(metaxy_store_count_rows(store, "example/video", NULL, &count, failure));
  CHECK(count == 1);
  CHECK(counts_of(store, "example/transcript").orphaned == 1);

  OK(metaxy_store_read(store, "example/video", NULL, &rows, failure));
  OK(metaxy_store_close(store, failure));
  FAILS(metaxy_store_count_rows(store, "example/video", NULL, &count, failure), "StoreNotOpen",
        "open");
  metaxy_project_free(project);
  metaxy_store_free(store);
  rows.release(&rows);
  metaxy_increment_free(NULL);
  metaxy_store_free(NULL);
  metaxy_project_free(NULL);
  metaxy_stop_free(NULL);
  metaxy_text_free(NULL);
  return 0;
}
