// Data of a report: what a page shows of the features of a project in a store.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <string>

#include "cli/commands/feature_status.h"
#include "cli/report/pictures.h"
#include "graph/render/graph_data.h"
#include "metaxy/json.h"
#include "metaxy/metadata_store.h"

namespace metaxy::cli {

struct ReportOptions {
  int64_t rows = 6;      ///< rows shown of each feature; 0: none
  int64_t examples = 3;  ///< samples of each state that are explained
  ExecutionOptions execution = {};
};

/// \brief What is known of a feature, and of what stands in `node`, which gets its counts:
/// `"progress"`, `"history"` (see HistoryOf), `"why"`, `"failures"`, `"table"`, `"samples"`; null
/// if there is none of it. What fails is text under
/// `"problems"`, and the rest is there all the same; only Cancelled and Timeout are failures.
arrow::Result<Json> ReportOn(MetadataStore& store, render::GraphNode* node,
                             const ReportOptions& options, PictureBox* pictures);

/// \brief The counts of a status, for drawings.
render::NodeCounts CountsOf(const FeatureStatus& status);

}  // namespace metaxy::cli
