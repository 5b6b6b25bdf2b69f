// Visibility of public symbols. Everything else in the shared library is hidden.
#pragma once

#if defined(_WIN32)
#define METAXY_EXPORT
#else
#define METAXY_EXPORT __attribute__((visibility("default")))
#endif
