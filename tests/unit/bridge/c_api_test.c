/* The header in plain C99: what a C program sees. */
#include "c_api_test.h"

#include <metaxy_lancedb.h>
#include <string.h>

#include "unit/c_api/streams.h"

#define CHECK(expression) \
  if (!(expression)) return #expression

static mxl_string Text(const char* text) {
  mxl_string result;
  result.ptr = text;
  result.len = strlen(text);
  return result;
}

static const struct video kVideos[] = {{"v1", "a1", "f1"}, {"v2", "a2", "f2"}};

static const char* CheckTable(mxl_connection* connection) {
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  mxl_error error;
  mxl_table* table = NULL;
  uint64_t rows = 99;
  uint64_t version = 0;
  const int before = released_streams();
  memset(&error, 0, sizeof(error));
  make_videos(kVideos, 2, &stream);
  CHECK(mxl_table_create(connection, Text("c"), &stream, NULL, &table, &error) == MXL_OK);
  CHECK(released_streams() == before + 1 && stream.release == NULL);
  CHECK(mxl_table_count(table, Text(""), &rows, &error) == MXL_OK && rows == 2);
  CHECK(mxl_table_version(table, &version, &error) == MXL_OK && version == 1);
  CHECK(mxl_table_schema(table, &schema, &error) == MXL_OK);
  CHECK(schema.n_children == 2 && strcmp(schema.children[0]->name, "video_id") == 0);
  schema.release(&schema);
  mxl_table_free(table);
  table = NULL;
  CHECK(mxl_table_open(connection, Text("absent"), &table, &error) == MXL_NOT_FOUND);
  CHECK(table == NULL && error.code == MXL_NOT_FOUND && error.retryable == 0);
  CHECK(strstr(error.message, "absent") != NULL);
  CHECK(error.kind == MXL_KIND_OTHER && error.http_status == 0 && error.host[0] == '\0');
  CHECK(strcmp(error.doing, "cannot open table 'absent'") == 0);
  error.release(&error);
  CHECK(error.message == NULL && error.doing == NULL && error.release == NULL);
  return NULL;
}

const char* RunCApiTest(const char* directory) {
  mxl_error error;
  mxl_connection* connection = NULL;
  mxl_connect_options options;
  const char* failed;
  memset(&error, 0, sizeof(error));
  CHECK(mxl_abi_version() == MXL_ABI_VERSION);
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.uri = Text(directory);
  CHECK(mxl_connect(&options, &connection, &error) == MXL_OK);
  failed = CheckTable(connection);
  mxl_connection_free(connection);
  return failed;
}
