// Projection and filter of a narrow scan.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <string>
#include <vector>

#include "versioning/scan/row_scan.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// The columns needed for the comparison, and the filters that may be applied before the latest row
/// of a sample is chosen. MetadataSchema if an id column or the column of feature versions is
/// missing.
arrow::Result<ScanRequest> NarrowScan(const RowsRequest& request);

/// Whether a filter gives the same result for all rows of a sample, so that it may be applied
/// before the latest row is chosen.
bool OnIdColumnsOnly(const arrow::compute::Expression& filter,
                     const std::vector<std::string>& id_columns);

}  // namespace metaxy::internal
