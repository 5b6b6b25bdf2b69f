/* Rows for the C interface, made and looked at by hand: a program in C has no Arrow library. */
#pragma once

#include <arrow/c/abi.h>
#include <stdint.h>

/* One row of `example/video`. */
struct video {
  const char* video_id;
  const char* audio;
  const char* frames;
};

/* A stream of one batch: video_id and metaxy_provenance_by_field with audio and frames. */
void make_videos(const struct video* videos, int64_t count, struct ArrowArrayStream* stream);

/* How many streams of make_videos() have been released. */
int released_streams(void);

/* The number of rows of a stream, which is read to its end and released; -1 if it fails. */
int64_t count_rows(struct ArrowArrayStream* stream);
