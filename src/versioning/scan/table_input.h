// Input tables of an operation, read concurrently and partitioned.
#pragma once

#include <arrow/result.h>

#include <functional>
#include <memory>
#include <vector>

#include "versioning/scan/row_scan.h"
#include "versioning/summary/execution.h"
#include "versioning/summary/row_partitions.h"

namespace metaxy::internal {

/// A table that is read.
struct TableInput {
  std::unique_ptr<RowScan> scan;
  std::unique_ptr<RowPartitions> rows;  ///< made by ReadTables()
};

/// Reads all rows of all tables, and keeps of each sample what counts. Partition i of one table has
/// the rows that can be joined with those of partition i of the others.
/// `also`, if given, is something else to be read, by one of the threads before it helps.
arrow::Status ReadTables(std::vector<TableInput>* tables, Execution* execution,
                         const std::function<arrow::Status()>& also = nullptr);

}  // namespace metaxy::internal
