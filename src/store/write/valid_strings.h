// UTF-8 validation of the strings in rows that are about to be written.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <string>
#include <vector>

namespace metaxy::internal {

/// InvalidInput, naming column, row and value, if a string anywhere in the rows is not valid UTF-8:
/// in lists, structs, maps and dictionaries as well. LanceDB would store it and never read it
/// again. `id_columns` identify rows.
arrow::Status CheckStrings(const arrow::RecordBatch& rows,
                           const std::vector<std::string>& id_columns);

}  // namespace metaxy::internal
