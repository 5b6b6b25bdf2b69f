/* The C interface used by a C program: a pipeline, every kind of failure, cancellation, and
 * ownership. */
#include <metaxy/c_api_upkeep.h>
#include <string.h>

#include "check.h"
#include "streams.h"

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

/* Conditions on one parent: of the two videos only the second one counts. */
static void filter_a_parent(metaxy_store* store) {
  const char* second[] = {"video_id = 'v2'"};
  metaxy_feature_filters filters[2];
  metaxy_resolve_options options;
  metaxy_increment* increment = NULL;
  double percent = -1;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.filters = filters;
  options.num_filters = 1;
  filters[0].feature = "example/video";
  filters[0].filters = second;
  filters[0].num_filters = 1;
  OK(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure));
  CHECK(metaxy_increment_counts(increment).stale == 0);
  CHECK(metaxy_increment_counts(increment).orphaned == 1);
  CHECK(metaxy_increment_input_progress(increment, &percent) == 1 && percent == 100);
  metaxy_increment_free(increment);
  filters[1].feature = NULL;
  options.num_filters = 2;
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure),
        "InvalidInput", "the feature of filters 2 of 2 is NULL");
  options.num_filters = 1;
  options.delta = "verify";
  OK(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure));
  CHECK(metaxy_increment_counts(increment).orphaned == 1);
  metaxy_increment_free(increment);
  options.delta = "fast";
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure),
        "InvalidInput", "delta 'fast' is not known; use auto, off or verify");
}

/* Rows of a parent that come from elsewhere, here from the store itself. */
static void give_a_parent(metaxy_store* store) {
  metaxy_feature_rows parents[2];
  metaxy_resolve_options options;
  metaxy_increment* increment = NULL;
  struct ArrowArrayStream rows, samples;
  int before = 0;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.parents = parents;
  options.num_parents = 1;
  parents[0].feature = "example/video";
  parents[0].rows = &rows;
  OK(metaxy_store_read(store, "example/video", NULL, &rows, failure));
  OK(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure));
  CHECK(metaxy_increment_counts(increment).stale == 1);
  metaxy_increment_free(increment);
  CHECK(rows.release == NULL);

  /* All streams are consumed, whichever is wrong. */
  options.num_parents = 2;
  options.samples = &samples;
  parents[1].feature = NULL;
  parents[1].rows = &rows;
  before = released_streams();
  make_videos(kVideos, 2, &samples);
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure),
        "InvalidInput", "`parents.rows` was released already");
  CHECK(released_streams() == before + 1);
  make_videos(kVideos, 2, &samples);
  make_videos(kVideos, 2, &rows);
  parents[0].feature = NULL;
  parents[1].rows = NULL;
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &options, &increment, failure),
        "InvalidInput", "`parents.feature` is NULL");
  CHECK(released_streams() == before + 3);
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
  FAILS(metaxy_store_open(project, "nowhere", METAXY_READ, NULL, &unopened, failure),
        "InvalidConfig", "nowhere");
  FAILS(metaxy_store_open(project, NULL, 7, NULL, &unopened, failure), "InvalidInput", "mode 7");
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

/* Writes and deletions tell what they have done. */
static void tell_results(metaxy_store* store) {
  const char* third[] = {"video_id = 'v2'"};
  metaxy_write_options options;
  metaxy_write_result result;
  metaxy_delete_options deletion;
  struct ArrowArrayStream rows;
  int64_t first_version = 0, deleted = -1;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.materialization_id = "run-1";
  memset(&result, 0, sizeof(result));
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write_rows(store, "example/video", &rows, &options, &result, failure),
        "InvalidInput", "struct_size of the result");
  result.struct_size = sizeof(result);
  make_videos(kVideos, 2, &rows);
  OK(metaxy_store_write_rows(store, "example/video", &rows, &options, &result, failure));
  CHECK(result.rows == 2 && result.version > 0 && result.struct_size == sizeof(result));
  first_version = result.version;
  make_videos(kVideos, 2, &rows);
  OK(metaxy_store_write_rows(store, "example/video", &rows, NULL, &result, failure));
  CHECK(result.rows == 2 && result.version > first_version);
  make_videos(kVideos, 2, &rows);
  OK(metaxy_store_write_rows(store, "example/video", &rows, NULL, NULL, failure));
  FAILS(metaxy_store_write_rows(store, "example/video", NULL, NULL, NULL, failure), "InvalidInput",
        "`rows` is NULL");

  memset(&deletion, 0, sizeof(deletion));
  deletion.struct_size = sizeof(deletion);
  deletion.filters = third;
  deletion.num_filters = 1;
  OK(metaxy_store_delete_rows(store, "example/video", &deletion, &deleted, failure));
  CHECK(deleted == 1);
  deletion.hard = 1;
  OK(metaxy_store_delete_rows(store, "example/video", &deletion, &deleted, failure));
  CHECK(deleted > 1);
  OK(metaxy_store_delete_rows(store, "example/video", &deletion, NULL, failure));
  make_videos(kVideos, 2, &rows);
  OK(metaxy_store_write_rows(store, "example/video", &rows, NULL, NULL, failure));
}

/* Functions that cannot fail take NULL, too. */
static void pass_nothing(void) {
  double percent = 7;

  CHECK(metaxy_increment_counts(NULL).new_samples == -1);
  CHECK(metaxy_increment_counts(NULL).orphaned == -1);
  CHECK(metaxy_increment_input_progress(NULL, &percent) == 0 && percent == 7);
  metaxy_stop_request(NULL);
}

/* What is asked to stop, or has no time, does nothing. */
static void expect_end(const metaxy_project* project, metaxy_store* store,
                       const metaxy_execution* execution, const char* name, const char* words) {
  metaxy_resolve_options resolve;
  metaxy_read_options read;
  metaxy_delete_options deletion;
  metaxy_increment* increment = NULL;
  metaxy_store* unopened = NULL;
  struct ArrowArrayStream rows;
  int64_t before = 0, after = 0;

  memset(&resolve, 0, sizeof(resolve));
  resolve.struct_size = sizeof(resolve);
  resolve.execution = execution;
  memset(&read, 0, sizeof(read));
  read.struct_size = sizeof(read);
  read.execution = execution;
  memset(&deletion, 0, sizeof(deletion));
  deletion.struct_size = sizeof(deletion);
  deletion.execution = execution;
  OK(metaxy_store_count_rows(store, "example/video", NULL, &before, failure));
  FAILS(metaxy_store_open(project, NULL, METAXY_READ, execution, &unopened, failure), name, words);
  FAILS(metaxy_store_resolve_update(store, "example/transcript", &resolve, &increment, failure),
        name, words);
  FAILS(metaxy_store_read(store, "example/video", &read, &rows, failure), name, words);
  FAILS(metaxy_store_count_rows(store, "example/video", &read, &after, failure), name, words);
  FAILS(metaxy_store_delete(store, "example/video", &deletion, failure), name, words);
  make_videos(kVideos, 2, &rows);
  FAILS(metaxy_store_write(store, "example/video", &rows, execution, failure), name, words);
  OK(metaxy_store_count_rows(store, "example/video", NULL, &after, failure));
  CHECK(before == after);
}

static void stop(const metaxy_project* project, metaxy_store* store) {
  metaxy_stop* wish = metaxy_stop_new();
  metaxy_execution execution;

  memset(&execution, 0, sizeof(execution));
  execution.struct_size = sizeof(execution);
  execution.stop = wish;
  metaxy_stop_request(wish);
  expect_end(project, store, &execution, "Cancelled", "cancelled while");
  metaxy_stop_free(wish);

  execution.stop = NULL;
  execution.timeout_seconds = 1e-9;
  expect_end(project, store, &execution, "Timeout", "the deadline passed while");
}

int main(int argc, char** argv) {
  metaxy_project* project = NULL;
  metaxy_store* store = NULL;
  struct ArrowArrayStream rows;
  const char* first[] = {"video_id = 'v1'"};
  metaxy_delete_options deletion;
  char* version = NULL;
  int64_t count = -1;

  CHECK(argc == 2);
  CHECK(metaxy_abi_version() == METAXY_C_ABI_VERSION);
  CHECK(strlen(metaxy_version()) > 0);
  CHECK(strcmp(metaxy_error_name(METAXY_OK), "OK") == 0);
  FAILS(metaxy_project_load("no/such.toml", NULL, &project, failure), "InvalidConfig",
        "no/such.toml");
  OK(metaxy_project_load(argv[1], NULL, &project, failure));
  OK(metaxy_project_feature_version(project, "example/video", &version, failure));
  CHECK(strlen(version) == 8);
  metaxy_text_free(version);
  OK(metaxy_store_open(project, NULL, METAXY_WRITE, NULL, &store, failure));

  run_pipeline(store);
  filter_a_parent(store);
  give_a_parent(store);
  read_rows(store);
  fail_in_many_ways(project, store);
  stop(project, store);
  tell_results(store);
  pass_nothing();

  memset(&deletion, 0, sizeof(deletion));
  deletion.struct_size = sizeof(deletion);
  deletion.filters = first;
  deletion.num_filters = 1;
  OK(metaxy_store_delete(store, "example/video", &deletion, failure));
  OK(metaxy_store_count_rows(store, "example/video", NULL, &count, failure));
  CHECK(count == 1);
  CHECK(counts_of(store, "example/transcript").orphaned == 1);

  OK(metaxy_store_read(store, "example/video", NULL, &rows, failure));
  OK(metaxy_store_close(store, NULL, failure));
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
