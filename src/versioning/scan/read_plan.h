// How rows are read that were found: how many at a time.
#pragma once

#include <arrow/type.h>

#include <cstdint>

#include "base/interrupt.h"
#include "base/memory_budget.h"
#include "columns/row_width.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

struct ReadPlan {
  int64_t batch_size = 65536;
  Interrupt interrupt = {};
  MemoryBudget memory = MemoryScope::Current();

  /// The same with batches that rows of a schema do not fill with more than they may take, as far
  /// as their types tell.
  ReadPlan For(const arrow::Schema& schema) const {
    return {RowsPerBatch(schema, batch_size, memory.batch()), interrupt, memory};
  }
  /// A scan for whole rows.
  void Apply(ScanRequest* scan) const {
    scan->batch_size = batch_size;
    scan->LimitMemory(memory);
  }
};

}  // namespace metaxy::internal
