#include "store/write/schema_alignment.h"

#include <arrow/array.h>

#include <utility>

#include "base/memory_budget.h"
#include "columns/exact_cast.h"
#include "columns/row_width.h"
#include "metaxy/errors.h"
#include "store/write/lossy_value.h"
#include "store/write/promoted_types.h"

namespace metaxy::internal {
namespace {

constexpr int64_t kMostRows = int64_t{1} << 20;

}  // namespace

AlignedRows::AlignedRows(std::shared_ptr<arrow::RecordBatchReader> input,
                         std::shared_ptr<arrow::Schema> table, std::vector<std::string> id_columns)
    : input_(std::move(input)),
      table_(std::move(table)),
      piece_rows_(RowsPerBatch(*table_, kMostRows, MemoryScope::Current().batch())),
      id_columns_(std::move(id_columns)) {}

arrow::Status AlignedRows::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  std::shared_ptr<arrow::RecordBatch> rows;
  failure_ = NextPiece(&rows);
  if (!failure_.ok() || !rows) return failure_;
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> aligned = Align(*rows);
  if (aligned.ok()) {
    *batch = std::move(*aligned);
    return arrow::Status::OK();
  }
  failure_ = aligned.status();
  if (!IsError(failure_, ErrorCode::kLossyCast)) return failure_;
  const arrow::Status widened = FindNeededSchema(std::move(rows));
  if (!widened.ok()) failure_ = widened;
  return failure_;
}

arrow::Status AlignedRows::NextPiece(std::shared_ptr<arrow::RecordBatch>* piece) {
  piece->reset();
  if (!rest_) ARROW_RETURN_NOT_OK(input_->ReadNext(&rest_));
  if (!rest_ || rest_->num_rows() <= piece_rows_) {
    piece->swap(rest_);
    return arrow::Status::OK();
  }
  *piece = rest_->Slice(0, piece_rows_);
  rest_ = rest_->Slice(piece_rows_);
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> AlignedRows::Align(
    const arrow::RecordBatch& rows) {
  arrow::ArrayVector columns;
  for (const auto& field : table_->fields()) {
    const auto column = rows.GetColumnByName(field->name());
    if (column) {
      ARROW_ASSIGN_OR_RAISE(auto values, CastColumn(column, *field, field->name()));
      columns.push_back(std::move(values));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), rows.num_rows()));
      columns.push_back(std::move(nulls));
    }
  }
  return arrow::RecordBatch::Make(table_, rows.num_rows(), std::move(columns));
}

arrow::Status AlignedRows::Widen(const arrow::RecordBatch& rows, arrow::FieldVector* fields) {
  for (auto& field : *fields) {
    const auto column = rows.GetColumnByName(field->name());
    if (!column) continue;
    auto needed = NeededField(field, column, field->name());
    if (!needed.ok()) {
      return NameRefusedValue(needed.status(), rows, *field, id_columns_, [&](const auto& values) {
        return NeededField(field, values, field->name()).ok();
      });
    }
    if (!demands_.contains(field->name()) && !(*needed)->Equals(*field, /*check_metadata=*/true)) {
      const int64_t row = FindRefusedRow(
          *column, [&](const auto& part) { return CastColumn(part, *field, field->name()).ok(); });
      demands_[field->name()] = ValueText(*column, row) + NameOfRow(rows, id_columns_, row);
    }
    field = std::move(*needed);
  }
  return arrow::Status::OK();
}

arrow::Status AlignedRows::FindNeededSchema(std::shared_ptr<arrow::RecordBatch> rows) {
  arrow::FieldVector fields = table_->fields();
  while (rows) {
    ARROW_RETURN_NOT_OK(Widen(*rows, &fields));
    ARROW_RETURN_NOT_OK(NextPiece(&rows));
  }
  auto needed = arrow::schema(std::move(fields));
  if (!needed->Equals(*table_, /*check_metadata=*/true)) needed_ = std::move(needed);
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
