// Parquet reader.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace metaxy::cli {

/// \brief The rows as Arrow reads them. Throws Parquet's exceptions.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadParquet(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file);

}  // namespace metaxy::cli
