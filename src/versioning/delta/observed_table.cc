#include "versioning/delta/observed_table.h"

#include <arrow/table.h>

#include <algorithm>

#include "filter/evaluate.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::internal {

void ObservedTable::Note(const ColumnPath& path) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (sealed_ || std::find(columns_.begin(), columns_.end(), path) != columns_.end()) return;
  columns_.push_back(path);
}

arrow::Result<int64_t> ObservedTable::NumRows() const {
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, table_->NumRows());
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_ = rows;
}

int64_t ObservedTable::rows() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rows_;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ObservedTable::Scan(
    const ScanRequest& request) const {
  for (const ColumnPath& path : request.columns) Note(path);
  for (const auto& filter : request.filters) {
    for (const std::string& name : ReferencedColumns(filter)) Note({name});
  }
  return table_->Scan(request);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> ObservedTable::Take(
    std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const {
  for (const std::string& name : columns) Note({name});
  return table_->Take(row_ids, columns);
}

void ObservedTable::Seal() {
  const std::lock_guard<std::mutex> lock(mutex_);
  sealed_ = true;
}

std::vector<ColumnPath> ObservedTable::columns() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return columns_;
}

arrow::Result<std::shared_ptr<const TableSnapshot>> EmptyTable(
    const std::shared_ptr<arrow::Schema>& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, arrow::Table::MakeEmpty(schema));
  return MemoryTable::Make(rows);
}

}  // namespace metaxy::internal
