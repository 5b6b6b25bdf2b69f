#include "store/aligned_rows.h"

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "quote.h"
#include "store/needed_types.h"
#include "versioning/exact_cast.h"

namespace metaxy::internal {
namespace {

constexpr size_t kLongestValue = 80;

std::string ValueText(const arrow::Array& values, int64_t row) {
  const auto scalar = values.GetScalar(row);
  if (!scalar.ok()) return "?";
  std::string text = (*scalar)->ToString();
  if (text.size() > kLongestValue) text = text.substr(0, kLongestValue) + "...";
  return arrow::is_base_binary_like(values.type_id()) ? Quote(text) : text;
}

// The first row that does not fit.
int64_t FindRefused(const std::shared_ptr<arrow::Array>& values, const arrow::Field& field) {
  int64_t first = 0;
  int64_t count = values->length();
  while (count > 1) {
    const int64_t half = count / 2;
    if (NeededType(field.type(), values->Slice(first, half), field.name()).ok()) {
      first += half;
      count -= half;
    } else {
      count = half;
    }
  }
  return first;
}

}  // namespace

AlignedRows::AlignedRows(std::shared_ptr<arrow::RecordBatchReader> input,
                         std::shared_ptr<arrow::Schema> table, std::vector<std::string> id_columns)
    : input_(std::move(input)), table_(std::move(table)), id_columns_(std::move(id_columns)) {}

arrow::Status AlignedRows::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  batch->reset();
  std::shared_ptr<arrow::RecordBatch> rows;
  failure_ = input_->ReadNext(&rows);
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

arrow::Result<std::shared_ptr<arrow::RecordBatch>> AlignedRows::Align(
    const arrow::RecordBatch& rows) {
  arrow::ArrayVector columns;
  for (const auto& field : table_->fields()) {
    const auto column = rows.GetColumnByName(field->name());
    if (column) {
      ARROW_ASSIGN_OR_RAISE(auto values, CastColumn(column, field->type(), field->name()));
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
    auto type = NeededType(field->type(), column, field->name());
    if (!type.ok()) return Refusal(type.status(), rows, *field);
    field = field->WithType(std::move(*type));
  }
  return arrow::Status::OK();
}

arrow::Status AlignedRows::FindNeededSchema(std::shared_ptr<arrow::RecordBatch> rows) {
  arrow::FieldVector fields = table_->fields();
  while (rows) {
    ARROW_RETURN_NOT_OK(Widen(*rows, &fields));
    ARROW_RETURN_NOT_OK(input_->ReadNext(&rows));
  }
  auto needed = arrow::schema(std::move(fields));
  if (!needed->Equals(*table_, /*check_metadata=*/false)) needed_ = std::move(needed);
  return arrow::Status::OK();
}

arrow::Status AlignedRows::Refusal(const arrow::Status& reason, const arrow::RecordBatch& rows,
                                   const arrow::Field& field) const {
  if (!IsError(reason, ErrorCode::kLossyCast)) return reason;
  const auto column = rows.GetColumnByName(field.name());
  const int64_t row = FindRefused(column, field);
  std::string ids;
  for (const std::string& name : id_columns_) {
    const auto values = rows.GetColumnByName(name);
    if (values)
      ids += fmt::format("{}{} = {}", ids.empty() ? "" : ", ", name, ValueText(*values, row));
  }
  return MakeError(
      ErrorCode::kLossyCast,
      fmt::format("column '{}' is stored as {} and cannot take {}{} without a loss ({}); nothing "
                  "was written. Convert the values, or give them a column of another name",
                  field.name(), field.type()->ToString(), ValueText(*column, row),
                  ids.empty() ? "" : " of the row with " + ids, reason.message()));
}

}  // namespace metaxy::internal
