#include "versioning/delta/selected_rows.h"

#include <algorithm>
#include <utility>

namespace metaxy::internal {

// Most of the rows were found, and are not wanted by anybody who reads wider ones.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SelectedRows::Scan(
    const ScanRequest& request) const {
  if (request.columns != columns_ || !request.with_row_id || was_scanned_.exchange(true))
    return arrow::Status::NotImplemented("rows that were selected are taken");
  const auto batch_size = std::max<int64_t>(request.batch_size, 1);
  arrow::RecordBatchVector batches;
  for (int64_t start = 0; start < rows_->num_rows(); start += batch_size)
    batches.push_back(rows_->Slice(start, batch_size));
  return arrow::RecordBatchReader::Make(std::move(batches), rows_->schema());
}

}  // namespace metaxy::internal
