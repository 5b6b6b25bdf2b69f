// Sorting of rows by columns.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

namespace metaxy::cli {

struct SortColumn {
  std::string name;
  bool descending = false;
};

/// \brief "a,-b": by a, and for equal a by b descending. InvalidInput for an empty name.
arrow::Result<std::vector<SortColumn>> ParseSort(const std::string& text);

/// \brief All rows of `reader`, in memory, in this order; nulls come first, NaN is greater than any
/// number, and the sort is stable. InvalidInput for a column that does not exist or has no order.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SortRows(
    arrow::RecordBatchReader* reader, const std::vector<SortColumn>& columns);

}  // namespace metaxy::cli
