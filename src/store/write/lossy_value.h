// Diagnosis of lossy values: which value it is that a column cannot hold.
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

/// Returns whether a part of a column fits.
using Fits = std::function<bool(const std::shared_ptr<arrow::Array>&)>;

/// A LossyCast that names column, row and value; any other `reason` unchanged. `stored` is the
/// refused column of `rows`, in the type that it does not fit, and `fits` tests parts of the
/// column: it is true for all that do not contain the value. `id_columns` identify rows; missing
/// ones are omitted.
arrow::Status NameRefusedValue(const arrow::Status& reason, const arrow::RecordBatch& rows,
                               const arrow::Field& stored,
                               const std::vector<std::string>& id_columns, const Fits& fits);

/// The first row of a column whose value does not fit. The column must have one.
int64_t FindRefusedRow(const arrow::Array& column, const Fits& fits);

/// A value for a message: "'text'", "1.5", "[1, 2]"; on one line and of limited length.
std::string ValueText(const arrow::Array& values, int64_t row);

/// " of the row with id = 'a'"; empty if the rows have none of these columns.
std::string NameOfRow(const arrow::RecordBatch& rows, const std::vector<std::string>& id_columns,
                      int64_t row);

}  // namespace metaxy::internal
