// The pipeline: four features, each brought up to date with the same three calls.
#pragma once

#include <arrow/result.h>
#include <metaxy/metaxy.h>

#include <cstdint>
#include <string>
#include <vector>

#include "photo_features.h"

namespace overview {

/// \brief What a run did for one feature.
struct FeatureReport {
  metaxy::FeatureKey feature;
  metaxy::IncrementCounts counts;
  double resolve_ms = 0;  ///< finding out what has changed
  double compute_ms = 0;  ///< recomputing it
  double write_ms = 0;    ///< recording it
};

struct RunReport {
  int64_t photos = 0;
  double scan_ms = 0;  ///< reading and hashing the files
  std::vector<FeatureReport> features;
};

/// \brief Brings the four features up to date with the files in `photos/`.
///
/// Works in the current directory: reads metaxy.toml and `photos/`, writes `thumbnails/`, the store
/// named by metaxy.toml, and `features.json`. What has been recorded stays recorded if a later
/// feature fails.
arrow::Result<RunReport> RunPipeline(const CodeVersions& code);

}  // namespace overview
