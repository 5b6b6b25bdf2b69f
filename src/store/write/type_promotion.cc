#include "store/write/type_promotion.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>

#include "columns/exact_cast.h"
#include "metaxy/errors.h"
#include "store/write/lossy_value.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {
namespace {

// The stored fields that change.
arrow::FieldVector ChangedFields(const arrow::Schema& stored, const arrow::Schema& needed) {
  arrow::FieldVector changed;
  for (const auto& field : needed.fields()) {
    const auto before = stored.GetFieldByName(field->name());
    if (before && !before->Equals(*field, /*check_metadata=*/true)) changed.push_back(field);
  }
  return changed;
}

arrow::Status CheckColumn(const arrow::RecordBatch& rows, const arrow::Field& needed,
                          const arrow::Field& stored, const Demands& demands,
                          const std::vector<std::string>& id_columns) {
  const auto column = rows.GetColumnByName(needed.name());
  const auto cast = CastColumn(column, needed, needed.name());
  if (cast.ok() || !IsError(cast.status(), ErrorCode::kLossyCast)) return cast.status();
  const int64_t row = FindRefusedRow(
      *column, [&](const auto& part) { return CastColumn(part, needed, needed.name()).ok(); });
  const auto demand = demands.find(needed.name());
  return MakeError(ErrorCode::kLossyCast,
                   fmt::format("column '{}' is stored as {} and cannot hold {} without loss: {}, "
                               "which could, cannot hold the stored {}{}; nothing was written. "
                               "Convert the values, or use a column with another name",
                               needed.name(), stored.type()->ToString(),
                               demand == demands.end() ? "the new values" : demand->second,
                               needed.type()->ToString(), ValueText(*column, row),
                               NameOfRow(rows, id_columns, row)));
}

}  // namespace

arrow::Status CheckStoredRowsFit(const TableSnapshot& table, const arrow::Schema& needed,
                                 const Demands& demands, const std::vector<std::string>& id_columns,
                                 const Interrupt& interrupt) {
  const arrow::FieldVector changed = ChangedFields(*table.schema(), needed);
  if (changed.empty()) return arrow::Status::OK();
  ScanRequest scan;
  scan.with_row_id = false;
  const auto add = [&](const std::string& name) {
    if (std::find(scan.columns.begin(), scan.columns.end(), ColumnPath{name}) == scan.columns.end())
      scan.columns.push_back({name});
  };
  for (const auto& field : changed) add(field->name());
  for (const std::string& name : id_columns)
    if (table.schema()->GetFieldIndex(name) >= 0) add(name);
  ReadPlan{.interrupt = interrupt}.Apply(&scan);
  ARROW_ASSIGN_OR_RAISE(const auto rows, table.Scan(scan));
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check("inspecting stored rows"));
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (!batch) return arrow::Status::OK();
    for (const auto& field : changed) {
      ARROW_RETURN_NOT_OK(CheckColumn(
          *batch, *field, *table.schema()->GetFieldByName(field->name()), demands, id_columns));
    }
  }
}

}  // namespace metaxy::internal
