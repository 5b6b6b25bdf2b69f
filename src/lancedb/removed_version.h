// Pruned versions: the error of a read whose version was removed while a reader held it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <memory>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// \brief `status` of a read of this table, or, if it failed because the version no longer exists,
/// an error that says so (kIo, retryable). The missing file would look like a damaged table.
arrow::Status ExplainRemovedVersion(const LanceTable& table, uint64_t version,
                                    arrow::Status status);

/// \brief A reader that does this for each batch, and keeps the table open.
std::shared_ptr<arrow::RecordBatchReader> ExplainRemovedVersion(
    std::shared_ptr<const LanceTable> table, uint64_t version,
    std::shared_ptr<arrow::RecordBatchReader> reader);

}  // namespace metaxy::internal
