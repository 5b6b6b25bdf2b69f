// Which value it is that a column cannot take.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>
#include <arrow/type.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace metaxy::internal {

/// Tells of a part of a column whether it can be taken.
using Fits = std::function<bool(const std::shared_ptr<arrow::Array>&)>;

/// A LossyCast that names column, row and value; any other `reason` as it is. `stored` is the
/// column of `rows` that was refused, in the type that it cannot take, and `fits` tells what it
/// can: asked for parts of the column, it is true of all that lack the value. `id_columns` tell
/// rows apart; those that the rows lack are left out.
arrow::Status NameRefusedValue(const arrow::Status& reason, const arrow::RecordBatch& rows,
                               const arrow::Field& stored,
                               const std::vector<std::string>& id_columns, const Fits& fits);

/// The first row of a column whose value does not fit. The column must have one.
int64_t FindRefusedRow(const arrow::Array& column, const Fits& fits);

/// A value for a message: "'text'", "1.5", "[1, 2]"; on one line and not endless.
std::string ValueText(const arrow::Array& values, int64_t row);

/// " of the row with id = 'a'"; empty if the rows have none of these columns.
std::string NameOfRow(const arrow::RecordBatch& rows, const std::vector<std::string>& id_columns,
                      int64_t row);

}  // namespace metaxy::internal
