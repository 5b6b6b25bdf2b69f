// Rows of Arrow IPC, in files and in streams.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace metaxy::cli {

/// \brief Both forms: the file format, which begins with a mark, and the stream. Batches are looked
/// at before they are handed on, as a damaged file may say anything.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpc(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file);

}  // namespace metaxy::cli
