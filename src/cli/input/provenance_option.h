// Provenance struct from one column per field (`--provenance`).
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "metaxy/feature_spec.h"

namespace metaxy::cli {

/// \brief Which column holds the versions of which field, by the name of the field in the struct;
/// `*` stands for a hash of all columns.
using ProvenanceColumns = std::vector<std::pair<std::string, std::string>>;

/// \brief Parses strings such as "audio=audio_sha,frames=frames_sha"; in the order of the fields.
/// InvalidInput, with the name, if a field is unknown, missing or given twice.
arrow::Result<ProvenanceColumns> ParseProvenance(const std::vector<std::string>& texts,
                                                 const FeatureSpec& spec);

/// \brief The rows with one additional column; its source columns stay. InvalidInput if one of them
/// is missing, or the rows already have versions by field.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithProvenance(
    std::shared_ptr<arrow::RecordBatchReader> rows, const ProvenanceColumns& columns);

OptionSpec ProvenanceOption();

}  // namespace metaxy::cli
