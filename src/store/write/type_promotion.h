// Type promotion of stored columns: whether all stored rows can be converted.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <map>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// For columns that have to change, the first value that requires it, as in "7 of the row with id =
/// 'a'".
using Demands = std::map<std::string, std::string>;

/// LossyCast, naming the column, the new value and the stored one, if a stored row does not fit
/// into `needed`. Reads the columns that would change. `id_columns` identify rows.
arrow::Status CheckStoredRowsFit(const TableSnapshot& table, const arrow::Schema& needed,
                                 const Demands& demands, const std::vector<std::string>& id_columns,
                                 const Interrupt& interrupt);

}  // namespace metaxy::internal
