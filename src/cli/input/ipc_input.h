// Arrow IPC reader, for the file and the stream format.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace metaxy::cli {

/// \brief Both forms: the file format, which begins with a magic number, and the stream. Batches
/// are validated before they are passed on, because a damaged file may contain anything.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpc(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file);

}  // namespace metaxy::cli
