// Rows in an order that somebody asks for.
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

/// \brief "a,-b": by a, and where that is equal by b from the largest down. InvalidInput for an
/// empty name.
arrow::Result<std::vector<SortColumn>> ParseSort(const std::string& text);

/// \brief All rows of `reader`, in memory, in this order; rows without a value come first,
/// NaN counts as more than any number, and rows that are equal stay in their order.
/// InvalidInput for a column that is not there or has no order.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SortRows(
    arrow::RecordBatchReader* reader, const std::vector<SortColumn>& columns);

}  // namespace metaxy::cli
