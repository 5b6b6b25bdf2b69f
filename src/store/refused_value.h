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

/// A LossyCast that names column, row and value; any other `reason` as it is. `stored` is the
/// column of `rows` that was refused, in the type that it cannot take, and `fits` tells what it
/// can: asked for parts of the column, it is true of all that lack the value. `id_columns` tell
/// rows apart; those that the rows lack are left out.
arrow::Status NameRefusedValue(
    const arrow::Status& reason, const arrow::RecordBatch& rows, const arrow::Field& stored,
    const std::vector<std::string>& id_columns,
    const std::function<bool(const std::shared_ptr<arrow::Array>&)>& fits);

}  // namespace metaxy::internal
