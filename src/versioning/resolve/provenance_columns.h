// Provenance of rows that the caller has joined.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "metaxy/graph.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::internal {

/// Adds the four version columns to rows that have, for each dependency, a column
/// `metaxy_data_version_by_field__<key parts joined by _>`; removes these columns, and those of the
/// parents' provenance with such names. MetadataSchema if one of them or a field in it is missing.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> AddProvenance(
    const FeaturePlan& plan, const RowHasher& hasher,
    const std::shared_ptr<arrow::RecordBatch>& rows);

}  // namespace metaxy::internal
