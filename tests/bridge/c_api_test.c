/* The header in plain C99: what a C program sees. */
#include "c_api_test.h"

#include <metaxy_lancedb.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(expression) \
  if (!(expression)) return #expression

static mxl_string Text(const char* text) {
  mxl_string result;
  result.ptr = text;
  result.len = strlen(text);
  return result;
}

/* A stream with one column `x` and no rows, written by hand. */
static int released_streams = 0;

static void ReleaseSchema(struct ArrowSchema* schema) {
  int64_t i;
  for (i = 0; i < schema->n_children; ++i) {
    if (schema->children[i]->release != NULL) schema->children[i]->release(schema->children[i]);
    free(schema->children[i]);
  }
  free(schema->children);
  schema->release = NULL;
}

static void FillSchema(struct ArrowSchema* schema, const char* format, const char* name) {
  memset(schema, 0, sizeof(*schema));
  schema->format = format;
  schema->name = name;
  schema->flags = ARROW_FLAG_NULLABLE;
  schema->release = ReleaseSchema;
}

static int GetSchema(struct ArrowArrayStream* stream, struct ArrowSchema* out) {
  (void)stream;
  FillSchema(out, "+s", "");
  out->n_children = 1;
  out->children = (struct ArrowSchema**)malloc(sizeof(struct ArrowSchema*));
  out->children[0] = (struct ArrowSchema*)malloc(sizeof(struct ArrowSchema));
  FillSchema(out->children[0], "l", "x");
  return 0;
}

static int GetNext(struct ArrowArrayStream* stream, struct ArrowArray* out) {
  (void)stream;
  memset(out, 0, sizeof(*out));
  return 0;
}

static const char* GetLastError(struct ArrowArrayStream* stream) {
  (void)stream;
  return NULL;
}

static void ReleaseStream(struct ArrowArrayStream* stream) {
  ++released_streams;
  stream->release = NULL;
}

static const char* CheckTable(mxl_connection* connection) {
  struct ArrowArrayStream stream = {GetSchema, GetNext, GetLastError, ReleaseStream, NULL};
  struct ArrowSchema schema;
  mxl_error error = {0, 0, NULL, NULL};
  mxl_table* table = NULL;
  uint64_t rows = 99;
  uint64_t version = 0;
  released_streams = 0;
  CHECK(mxl_table_create(connection, Text("c"), &stream, NULL, &table, &error) == MXL_OK);
  CHECK(released_streams == 1 && stream.release == NULL);
  CHECK(mxl_table_count(table, Text(""), &rows, &error) == MXL_OK && rows == 0);
  CHECK(mxl_table_version(table, &version, &error) == MXL_OK && version == 1);
  CHECK(mxl_table_schema(table, &schema, &error) == MXL_OK);
  CHECK(schema.n_children == 1 && strcmp(schema.children[0]->name, "x") == 0);
  schema.release(&schema);
  mxl_table_free(table);
  table = NULL;
  CHECK(mxl_table_open(connection, Text("absent"), &table, &error) == MXL_NOT_FOUND);
  CHECK(table == NULL && error.code == MXL_NOT_FOUND && error.retryable == 0);
  CHECK(strstr(error.message, "absent") != NULL);
  error.release(&error);
  CHECK(error.message == NULL && error.release == NULL);
  return NULL;
}

const char* RunCApiTest(const char* directory) {
  mxl_error error = {0, 0, NULL, NULL};
  mxl_connection* connection = NULL;
  mxl_connect_options options;
  const char* failed;
  CHECK(mxl_abi_version() == MXL_ABI_VERSION);
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.uri = Text(directory);
  CHECK(mxl_connect(&options, &connection, &error) == MXL_OK);
  failed = CheckTable(connection);
  mxl_connection_free(connection);
  return failed;
}
