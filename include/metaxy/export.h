// Visibility of public symbols. The shared library hides what is not marked.
#pragma once

#if defined(_WIN32)
#define METAXY_EXPORT
#else
#define METAXY_EXPORT __attribute__((visibility("default")))
#endif
