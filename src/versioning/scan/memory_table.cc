#include "versioning/scan/memory_table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include <algorithm>

#include "filter/evaluate.h"

namespace metaxy::internal {
namespace {

// One column of the result: a whole column, or the requested members of a struct.
arrow::Result<std::shared_ptr<arrow::Array>> Project(const arrow::Array& column,
                                                     const std::vector<std::string>& members) {
  const auto& structs = static_cast<const arrow::StructArray&>(column);
  arrow::ArrayVector arrays;
  arrow::FieldVector fields;
  for (const std::string& member : members) {
    const int index = structs.struct_type()->GetFieldIndex(member);
    // Not field(), which has moved by the offset that the new struct has, too.
    arrays.push_back(arrow::MakeArray(structs.data()->child_data[static_cast<size_t>(index)]));
    fields.push_back(structs.struct_type()->field(index));
  }
  return std::make_shared<arrow::StructArray>(arrow::struct_(fields), structs.length(), arrays,
                                              structs.null_bitmap(), structs.null_count(),
                                              structs.offset());
}

}  // namespace

arrow::Result<std::shared_ptr<MemoryTable>> MemoryTable::Make(
    const std::shared_ptr<arrow::Table>& table) {
  ARROW_ASSIGN_OR_RAISE(auto rows, table->CombineChunksToBatch());
  return std::shared_ptr<MemoryTable>(new MemoryTable(std::move(rows)));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MemoryTable::Scan(
    const ScanRequest& request) const {
  std::vector<std::string> names;
  for (const ColumnPath& path : request.columns) {
    if (std::find(names.begin(), names.end(), path.column) == names.end())
      names.push_back(path.column);
  }
  arrow::ArrayVector arrays;
  arrow::FieldVector fields;
  for (const std::string& name : names) {
    std::shared_ptr<arrow::Array> column = rows_->GetColumnByName(name);
    std::vector<std::string> members;
    for (const ColumnPath& path : request.columns) {
      if (path.column == name && !path.member.empty()) members.push_back(path.member);
    }
    if (!members.empty()) {
      ARROW_ASSIGN_OR_RAISE(column, Project(*column, members));
    }
    fields.push_back(rows_->schema()->GetFieldByName(name)->WithType(column->type()));
    arrays.push_back(std::move(column));
  }
  if (request.with_row_id) {
    arrow::UInt64Builder ids;
    ARROW_RETURN_NOT_OK(ids.Reserve(rows_->num_rows()));
    for (int64_t i = 0; i < rows_->num_rows(); ++i) ids.UnsafeAppend(static_cast<uint64_t>(i));
    ARROW_ASSIGN_OR_RAISE(auto array, ids.Finish());
    fields.push_back(arrow::field(kRowIdColumn, arrow::uint64()));
    arrays.push_back(std::move(array));
  }
  auto batch = arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows_->num_rows(),
                                        std::move(arrays));
  if (!request.filters.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto mask,
                          EvaluateFilter(arrow::compute::and_(request.filters), *rows_));
    ARROW_ASSIGN_OR_RAISE(arrow::Datum kept, arrow::compute::Filter(batch, arrow::Datum(mask)));
    batch = kept.record_batch();
  }
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int64_t start = 0; start < batch->num_rows(); start += request.batch_size) {
    batches.push_back(batch->Slice(start, request.batch_size));
  }
  return arrow::RecordBatchReader::Make(std::move(batches), batch->schema());
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> MemoryTable::Take(
    std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const {
  std::vector<int> indices;
  for (const std::string& name : columns) indices.push_back(rows_->schema()->GetFieldIndex(name));
  ARROW_ASSIGN_OR_RAISE(const auto projected, rows_->SelectColumns(indices));
  const arrow::UInt64Array positions(static_cast<int64_t>(row_ids.size()),
                                     arrow::Buffer::Wrap(row_ids.data(), row_ids.size()));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                        arrow::compute::Take(projected, arrow::Datum(positions.data())));
  return taken.record_batch();
}

}  // namespace metaxy::internal
