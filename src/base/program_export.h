// Visibility of private symbols that the program uses.
#pragma once

#include "metaxy/export.h"

/// Marks what libmetaxy.so exports for the program `metaxy`, which is built and installed with it.
/// It is not part of the library's interface, and changes with any release.
#define METAXY_PROGRAM_EXPORT METAXY_EXPORT
