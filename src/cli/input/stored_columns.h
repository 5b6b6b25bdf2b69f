// Target schema: what a table knows about columns that a text file leaves open.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>

#include "cli/frame_reader.h"
#include "metaxy/graph.h"
#include "metaxy/metadata_store.h"

namespace metaxy::cli {

/// \brief Interprets text values according to the table of the feature, if there is one.
arrow::Status UseStoredColumns(MetadataStore& store, const FeatureKey& feature,
                               FrameSource* source);

/// \brief Empty samples, with the columns that samples of the feature need, in the table's types.
arrow::Result<std::shared_ptr<arrow::Table>> NoSamples(MetadataStore& store,
                                                       const FeaturePlan& plan);

}  // namespace metaxy::cli
