// Project template, compiled in from examples/quickstart.
#pragma once

namespace metaxy::cli {

extern const char* const kInitConfig;
extern const char* const kInitFeatures;
extern const char* const kInitSamples;

}  // namespace metaxy::cli
