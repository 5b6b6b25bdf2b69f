// Project templates, compiled in: those of examples/quickstart, and those beside this file.
#pragma once

namespace metaxy::cli {

extern const char* const kInitConfig;
extern const char* const kInitFeatures;
extern const char* const kInitSamples;
// With names such as %ROOT% in the place of what differs.
extern const char* const kInitFolder;
extern const char* const kInitTable;

}  // namespace metaxy::cli
