/* The end of a process at its N-th change of files, before it happens:
 * LD_PRELOAD=libkill_shim.so METAXY_TEST_KILL_UNDER=DIRECTORY METAXY_TEST_KILL_AT=N PROGRAM.
 * Changes are the calls that create, write, link, rename and remove files below the directory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kMostFiles = 4096 };

static atomic_long changes;
static atomic_int written[kMostFiles]; /* whether a descriptor is of a file below the directory */

static void CountChange(void) {
  const char* at = getenv("METAXY_TEST_KILL_AT");
  if (at && atomic_fetch_add(&changes, 1) + 1 == atol(at)) kill(getpid(), SIGKILL);
}

static int IsBelow(const char* path) {
  const char* directory = getenv("METAXY_TEST_KILL_UNDER");
  return directory && path && strncmp(path, directory, strlen(directory)) == 0;
}

static int Open(const char* name, const char* path, int flags, mode_t mode) {
  int (*next)(const char*, int, ...);
  *(void**)&next = dlsym(RTLD_NEXT, name);
  const int counts = (flags & O_CREAT) != 0 && IsBelow(path);
  if (counts) CountChange();
  const int file = next(path, flags, mode);
  if (file >= 0 && file < kMostFiles) atomic_store(&written[file], counts);
  return file;
}

#define OPEN(name)                                                         \
  int name(const char* path, int flags, ...) {                             \
    va_list more;                                                          \
    va_start(more, flags);                                                 \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                          \
    return Open(#name, path, flags, mode);                                 \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void* bytes, size_t count) {
  ssize_t (*next)(int, const void*, size_t);
  *(void**)&next = dlsym(RTLD_NEXT, "write");
  if (file >= 0 && file < kMostFiles && atomic_load(&written[file])) CountChange();
  return next(file, bytes, count);
}

#define CHANGE(name, parameters, arguments, path) \
  int name parameters {                           \
    int(*next) parameters;                        \
    *(void**)&next = dlsym(RTLD_NEXT, #name);     \
    if (IsBelow(path)) CountChange();             \
    return next arguments;                        \
  }
CHANGE(rename, (const char* from, const char* to), (from, to), to)
CHANGE(renameat, (int one, const char* from, int other, const char* to), (one, from, other, to), to)
CHANGE(link, (const char* from, const char* to), (from, to), to)
CHANGE(linkat, (int one, const char* from, int other, const char* to, int flags),
       (one, from, other, to, flags), to)
CHANGE(unlink, (const char* path), (path), path)
CHANGE(mkdir, (const char* path, mode_t mode), (path, mode), path)
