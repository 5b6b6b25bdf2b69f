// Reading rows from files, a batch at a time.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <filesystem>
#include <memory>

namespace metaxy::cli {

/// \brief Opens a file of rows; its extension says what it is. InvalidInput, with the reason, if it
/// is missing or is not what its extension says.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenFrames(
    const std::filesystem::path& path);

}  // namespace metaxy::cli
