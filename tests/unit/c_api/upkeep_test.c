/* Definitions and maintenance, from C: definitions are pushed to a store and loaded from it in
 * another project, tables are compacted, and a callback receives log records.
 *
 *   upkeep_test <metaxy.toml of the owner> <metaxy.toml of a project that uses its features> */
#include <metaxy/c_api_upkeep.h>
#include <string.h>

#include "check.h"
#include "streams.h"

/* What the log has heard, by subject. */
struct heard {
  int maintenance;
  int definitions;
};

static void hear(void* data, int32_t severity, const char* subject, const char* message,
                 const char* values) {
  struct heard* heard = data;
  if (strcmp(subject, "maintenance") == 0) {
    CHECK(severity == METAXY_LOG_INFO);
    CHECK(strstr(values, "\"table\": \"example__video\"") != NULL);
    CHECK(strstr(message, "example__video") != NULL);
    ++heard->maintenance;
  }
  if (strcmp(subject, "definitions") == 0) {
    CHECK(severity == METAXY_LOG_WARNING);
    CHECK(strcmp(values, "{\"entrypoint\": \"some.module\"}") == 0);
    ++heard->definitions;
  }
}

static metaxy_project* load(const char* file, int32_t for_lock, struct heard* heard) {
  metaxy_load_options options;
  metaxy_project* project = NULL;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.for_lock = for_lock;
  options.on_log = hear;
  options.log_data = heard;
  OK(metaxy_project_load(file, &options, &project, failure));
  return project;
}

/* An id of the caller's tells later whether a write was made. */
static void find_a_write(metaxy_store* store) {
  metaxy_write_options options;
  metaxy_write_result result;
  struct ArrowArrayStream rows;
  const struct video video[] = {{"v9", "a9", "f9"}};
  int64_t version = -1;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.write_id = "run-7";
  memset(&result, 0, sizeof(result));
  result.struct_size = sizeof(result);
  make_videos(video, 1, &rows);
  OK(metaxy_store_write_rows(store, "example/video", &rows, &options, &result, failure));
  OK(metaxy_store_find_write(store, "example/video", "run-7", 0, NULL, &version, failure));
  CHECK(version == result.version);
  /* The versions before were pruned: whether one of them had this id is not known any more. */
  OK(metaxy_store_find_write(store, "example/video", "run-8", result.version - 1, NULL, &version,
                             failure));
  CHECK(version == 0);
  FAILS(metaxy_store_find_write(store, "example/video", "run-7", -1, NULL, &version, failure),
        "InvalidInput", "since_version is -1");
  FAILS(metaxy_store_find_write(store, "example/video", NULL, 0, NULL, &version, failure),
        "InvalidInput", "`write_id` is NULL");
}

static void push(metaxy_store* store) {
  const char* names[] = {"git"};
  const char* values[] = {"abc"};
  metaxy_push_options options;
  char* version = NULL;
  int32_t again = -1;

  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.tag_names = names;
  options.tag_values = values;
  options.num_tags = 1;
  OK(metaxy_store_push(store, &options, &version, &again, failure));
  CHECK(strlen(version) > 0 && again == 0);
  metaxy_text_free(version);
  OK(metaxy_store_push(store, NULL, &version, &again, failure));
  CHECK(again == 1);
  metaxy_text_free(version);
  options.tag_values = NULL;
  FAILS(metaxy_store_push(store, &options, &version, NULL, failure), "InvalidInput",
        "the value of tag 1 of 1 is NULL");
}

static void compact(metaxy_store* store) {
  static const struct video kVideo[] = {{"v1", "a1", "f1"}};
  struct ArrowArrayStream rows;
  metaxy_compact_options options;
  metaxy_compact_result result;
  int i;

  for (i = 0; i < 3; ++i) {
    make_videos(kVideo, 1, &rows);
    OK(metaxy_store_write(store, "example/video", &rows, NULL, failure));
  }
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.keep_versions_for_seconds = -1;
  options.keep_history = 1;
  memset(&result, 0, sizeof(result));
  FAILS(metaxy_store_compact(store, "example/video", &options, &result, failure), "InvalidInput",
        "struct_size of the result");
  result.struct_size = sizeof(result);
  OK(metaxy_store_compact(store, "example/video", &options, &result, failure));
  CHECK(result.struct_size == sizeof(result));
  CHECK(result.history_rows_removed == 2 && result.versions_removed > 0);
  OK(metaxy_store_compact(store, "example/video", NULL, NULL, failure));
  options.keep_history = -1;
  FAILS(metaxy_store_compact(store, "example/video", &options, &result, failure), "InvalidInput",
        "keep_history is -1");
}

/* The video v1 is there when the snapshot is made, v2 comes later. */
static void make_snapshots(metaxy_store* store) {
  static const struct video kVideo[] = {{"v3", "a3", "f3"}};
  const char* features[] = {"example/video"};
  struct ArrowArrayStream rows;
  metaxy_snapshot_options options;
  metaxy_store* at = NULL;
  char* json = NULL;
  int64_t count = -1;

  OK(metaxy_snapshot_create(store, "first", NULL, &json, failure));
  CHECK(strstr(json, "{\"name\": \"first\", \"created_at\": \"2") == json);
  metaxy_text_free(json);
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.features = features;
  options.num_features = 1;
  OK(metaxy_snapshot_create(store, "second", &options, NULL, failure));
  FAILS(metaxy_snapshot_create(store, "second", &options, NULL, failure), "InvalidInput",
        "choose another name");
  FAILS(metaxy_snapshot_create(store, NULL, NULL, NULL, failure), "InvalidInput", "`name` is NULL");
  features[0] = "example/transcript";
  FAILS(metaxy_snapshot_create(store, "third", &options, NULL, failure), "FeatureNotFound",
        "has no table in store");
  features[0] = NULL;
  FAILS(metaxy_snapshot_create(store, "third", &options, NULL, failure), "InvalidInput",
        "`a feature` is NULL");
  make_videos(kVideo, 1, &rows);
  OK(metaxy_store_write(store, "example/video", &rows, NULL, failure));
  OK(metaxy_snapshot_list(store, NULL, &json, failure));
  CHECK(strstr(json, "\"second\"") != NULL && strstr(json, "\"third\"") == NULL);
  metaxy_text_free(json);
  OK(metaxy_snapshot_open(store, "first", NULL, &at, failure));
  OK(metaxy_store_count_rows(at, "example/video", NULL, &count, failure));
  CHECK(count == 1);
  make_videos(kVideo, 1, &rows);
  FAILS(metaxy_store_write(at, "example/video", &rows, NULL, failure), "StoreNotOpen",
        "snapshot 'first' can only be read");
  OK(metaxy_store_close(at, NULL, failure));
  metaxy_store_free(at);
  OK(metaxy_snapshot_diff(store, "first", NULL, NULL, &json, failure));
  CHECK(strstr(json, "\"feature\": \"example/video\"") != NULL);
  CHECK(strstr(json, "\"added\": 1") != NULL);
  metaxy_text_free(json);
  OK(metaxy_snapshot_diff(store, "first", "second", NULL, &json, failure));
  CHECK(strstr(json, "\"added\": 1") == NULL);
  metaxy_text_free(json);
  FAILS(metaxy_store_promote(store, store, NULL, NULL, failure), "InvalidInput", "are one store");
  FAILS(metaxy_store_promote(store, NULL, NULL, NULL, failure), "InvalidInput", "`from` is NULL");
  OK(metaxy_snapshot_delete(store, "second", NULL, failure));
  FAILS(metaxy_snapshot_open(store, "second", NULL, &at, failure), "SystemDataNotFound",
        "there is no snapshot 'second'");
  OK(metaxy_snapshot_delete(store, "first", NULL, failure));
}

/* Many small writes: the fragments are merged when the store is closed. */
static void write_often(metaxy_store* store) {
  static const struct video kVideo[] = {{"v2", "a2", "f2"}};
  struct ArrowArrayStream rows;
  int i;
  for (i = 0; i < 5; ++i) {
    make_videos(kVideo, 1, &rows);
    OK(metaxy_store_write(store, "example/video", &rows, NULL, failure));
  }
}

static void use_others_features(const char* file, struct heard* heard) {
  metaxy_project* project = load(file, 1, heard);
  metaxy_store* store = NULL;
  metaxy_lock_options options;
  metaxy_lock_result result;
  int64_t loaded = -1, count = -1;

  OK(metaxy_store_open(project, NULL, METAXY_READ, NULL, &store, failure));
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.output = "other.lock";
  memset(&result, 0, sizeof(result));
  result.struct_size = sizeof(result);
  OK(metaxy_store_lock(store, &options, &result, failure));
  CHECK(result.added == 2 && result.updated == 0 && result.removed == 0 && result.unchanged == 0);
  OK(metaxy_store_lock(store, &options, &result, failure));
  CHECK(result.added == 0 && result.unchanged == 2);
  OK(metaxy_store_sync(store, NULL, &loaded, failure));
  CHECK(loaded == 2);
  OK(metaxy_store_count_rows(store, "example/video", NULL, &count, failure));
  CHECK(count == 4);
  metaxy_store_free(store);
  metaxy_project_free(project);
}

static void stop(metaxy_store* store) {
  metaxy_stop* wish = metaxy_stop_new();
  metaxy_execution execution;
  metaxy_push_options push_options;
  metaxy_lock_options lock_options;
  metaxy_compact_options compact_options;
  char* version = NULL;

  memset(&execution, 0, sizeof(execution));
  execution.struct_size = sizeof(execution);
  execution.stop = wish;
  metaxy_stop_request(wish);
  memset(&push_options, 0, sizeof(push_options));
  push_options.struct_size = sizeof(push_options);
  push_options.execution = &execution;
  memset(&lock_options, 0, sizeof(lock_options));
  lock_options.struct_size = sizeof(lock_options);
  lock_options.execution = &execution;
  memset(&compact_options, 0, sizeof(compact_options));
  compact_options.struct_size = sizeof(compact_options);
  compact_options.execution = &execution;
  FAILS(metaxy_store_push(store, &push_options, &version, NULL, failure), "Cancelled", "cancelled");
  CHECK(version == NULL);
  FAILS(metaxy_store_sync(store, &execution, NULL, failure), "Cancelled", "cancelled");
  FAILS(metaxy_store_lock(store, &lock_options, NULL, failure), "Cancelled", "cancelled");
  FAILS(metaxy_store_compact(store, "example/video", &compact_options, NULL, failure), "Cancelled",
        "cancelled");
  metaxy_stop_free(wish);
}

int main(int argc, char** argv) {
  struct heard heard = {0, 0};
  metaxy_project* project;
  metaxy_store* store = NULL;

  CHECK(argc == 3);
  project = load(argv[1], 0, &heard);
  OK(metaxy_store_open(project, NULL, METAXY_WRITE, NULL, &store, failure));
  push(store);
  compact(store);
  make_snapshots(store);
  write_often(store);
  stop(store);
  find_a_write(store);
  OK(metaxy_store_close(store, NULL, failure));
  CHECK(heard.maintenance == 1 && heard.definitions == 0);
  use_others_features(argv[2], &heard);
  CHECK(heard.definitions == 1);
  metaxy_store_free(store);
  metaxy_project_free(project);
  return 0;
}
