#include "streams.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int released = 0;

int released_streams(void) { return released; }

static void release_schema(struct ArrowSchema* schema) {
  int64_t i;
  for (i = 0; i < schema->n_children; ++i) {
    if (schema->children[i]->release != NULL) schema->children[i]->release(schema->children[i]);
    free(schema->children[i]);
  }
  free(schema->children);
  schema->release = NULL;
}

static struct ArrowSchema* fill_schema(struct ArrowSchema* schema, const char* format,
                                       const char* name, int64_t children) {
  int64_t i;
  memset(schema, 0, sizeof(*schema));
  schema->format = format;
  schema->name = name;
  schema->flags = ARROW_FLAG_NULLABLE;
  schema->n_children = children;
  schema->children = calloc((size_t)children + 1, sizeof(*schema->children));
  for (i = 0; i < children; ++i) schema->children[i] = calloc(1, sizeof(struct ArrowSchema));
  schema->release = release_schema;
  return schema;
}

static void release_array(struct ArrowArray* array) {
  int64_t i;
  for (i = 0; i < array->n_children; ++i) {
    if (array->children[i]->release != NULL) array->children[i]->release(array->children[i]);
    free(array->children[i]);
  }
  free(array->children);
  for (i = 0; i < array->n_buffers; ++i) free((void*)(uintptr_t)array->buffers[i]);
  free(array->buffers);
  array->release = NULL;
}

static struct ArrowArray* fill_array(struct ArrowArray* array, int64_t length, int64_t buffers,
                                     int64_t children) {
  int64_t i;
  memset(array, 0, sizeof(*array));
  array->length = length;
  array->n_buffers = buffers;
  array->buffers = calloc((size_t)buffers, sizeof(*array->buffers));
  array->n_children = children;
  array->children = calloc((size_t)children + 1, sizeof(*array->children));
  for (i = 0; i < children; ++i) array->children[i] = calloc(1, sizeof(struct ArrowArray));
  array->release = release_array;
  return array;
}

/* A utf8 array of the texts at `offset` of each struct. */
static void fill_texts(struct ArrowArray* array, const struct video* videos, int64_t count,
                       size_t offset) {
  int32_t* offsets = malloc(((size_t)count + 1) * sizeof(*offsets));
  char* data = malloc((size_t)count * 64 + 1);
  int64_t i;
  offsets[0] = 0;
  for (i = 0; i < count; ++i) {
    const char* text = *(const char* const*)(const void*)((const char*)(videos + i) + offset);
    const size_t length = strlen(text);
    memcpy(data + offsets[i], text, length);
    offsets[i + 1] = offsets[i] + (int32_t)length;
  }
  fill_array(array, count, 3, 0);
  array->buffers[1] = offsets;
  array->buffers[2] = data;
}

struct source {
  struct ArrowArray batch; /* released once it was handed out */
};

static int get_schema(struct ArrowArrayStream* stream, struct ArrowSchema* out) {
  struct ArrowSchema* by_field;
  (void)stream;
  fill_schema(out, "+s", "", 2);
  fill_schema(out->children[0], "u", "video_id", 0);
  by_field = fill_schema(out->children[1], "+s", "metaxy_provenance_by_field", 2);
  fill_schema(by_field->children[0], "u", "audio", 0);
  fill_schema(by_field->children[1], "u", "frames", 0);
  return 0;
}

static int get_next(struct ArrowArrayStream* stream, struct ArrowArray* out) {
  struct source* source = stream->private_data;
  *out = source->batch;
  source->batch.release = NULL;
  return 0;
}

static const char* get_last_error(struct ArrowArrayStream* stream) {
  (void)stream;
  return NULL;
}

static void release_stream(struct ArrowArrayStream* stream) {
  struct source* source = stream->private_data;
  if (source->batch.release != NULL) source->batch.release(&source->batch);
  free(source);
  stream->release = NULL;
  ++released;
}

void make_videos(const struct video* videos, int64_t count, struct ArrowArrayStream* stream) {
  struct source* source = calloc(1, sizeof(*source));
  struct ArrowArray* by_field;
  fill_array(&source->batch, count, 1, 2);
  fill_texts(source->batch.children[0], videos, count, offsetof(struct video, video_id));
  by_field = fill_array(source->batch.children[1], count, 1, 2);
  fill_texts(by_field->children[0], videos, count, offsetof(struct video, audio));
  fill_texts(by_field->children[1], videos, count, offsetof(struct video, frames));
  stream->get_schema = get_schema;
  stream->get_next = get_next;
  stream->get_last_error = get_last_error;
  stream->release = release_stream;
  stream->private_data = source;
}

int64_t count_rows(struct ArrowArrayStream* stream) {
  int64_t rows = 0;
  for (;;) {
    struct ArrowArray batch;
    if (stream->get_next(stream, &batch) != 0) {
      rows = -1;
      break;
    }
    if (batch.release == NULL) break;
    rows += batch.length;
    batch.release(&batch);
  }
  stream->release(stream);
  return rows;
}
