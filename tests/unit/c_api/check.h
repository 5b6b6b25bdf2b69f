/* How the programs in C see that something is as it should be. */
#pragma once

#include <metaxy/c_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
