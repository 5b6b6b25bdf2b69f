// Rows that cross the C interface.
#pragma once

#include <arrow/c/abi.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "metaxy/c_api.h"
#include "metaxy/metadata_store.h"

namespace metaxy::internal {

/// A stream that keeps the store that it reads from alive.
arrow::Status Export(std::shared_ptr<arrow::RecordBatchReader> rows,
                     std::shared_ptr<MetadataStore> store, ArrowArrayStream* out);

/// Takes over the stream, whatever happens afterwards. `name` is that of the argument.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Import(ArrowArrayStream* rows,
                                                                const char* name);

using PartOfIncrement =
    arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> (LazyIncrement::*)() const;

/// The implementation of a function that streams a part of an increment.
int32_t StreamPart(const metaxy_increment* increment, PartOfIncrement part, ArrowArrayStream* rows,
                   metaxy_error* error);

}  // namespace metaxy::internal
