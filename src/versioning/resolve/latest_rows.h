// Latest rows of one table, whole.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metaxy/store_options.h"
#include "versioning/scan/position_set.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {

/// The positions of the latest rows in the scanned table.
struct LatestRows {
  std::shared_ptr<const ScannedTable> table;
  PositionSet positions;
  /// Samples whose latest row was chosen by its position.
  int64_t tied_samples = 0;

  int64_t num_rows() const { return static_cast<int64_t>(positions.size()); }
};

/// Finds the latest row of each sample: by the later of deletion and update (of equal ones the
/// first in table order), then without deleted rows, then filtered. MetadataSchema if an id column
/// or the column of feature versions is missing; failures of the filters; Cancelled.
arrow::Result<LatestRows> FindLatestRows(RowsRequest request, const ExecutionOptions& options);

/// Streams `columns` of the rows, in table order.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadLatestRows(
    LatestRows rows, const std::vector<std::string>& columns, const ExecutionOptions& options);

}  // namespace metaxy::internal
