// For LD_PRELOAD: dlopen() is called from here, as from AddressSanitizer's runtime, and so without
// the run path of whoever called it first.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

void* dlopen(const char* file, int mode) {
  void* (*next)(const char*, int) = NULL;
  *(void**)&next = dlsym(RTLD_NEXT, "dlopen");
  // Not the last call, which would look like one of the caller's.
  void* volatile library = next(file, mode);
  return library;
}
