// Removed versions: what a read says whose version was pruned while somebody held it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <memory>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// \brief `status` of a read of this table; if it failed as the version is no longer there, an error
/// (kIo, retryable) that says so. A file that is gone looks like damage otherwise.
arrow::Status ExplainRemovedVersion(const LanceTable& table, uint64_t version,
                                    arrow::Status status);

/// \brief A reader that does so for each batch, and keeps the table open.
std::shared_ptr<arrow::RecordBatchReader> ExplainRemovedVersion(
    std::shared_ptr<const LanceTable> table, uint64_t version,
    std::shared_ptr<arrow::RecordBatchReader> reader);

}  // namespace metaxy::internal
