#include "versioning/scan/table_input.h"

#include <algorithm>
#include <cstddef>

namespace metaxy::internal {
namespace {

// Repartitions rows, by their join keys, once the latest rows are known.
arrow::Status SplitByJoin(TableInput* table, size_t partitions, Execution* execution) {
  RowLayout layout = table->rows->layout();
  layout.unique = false;
  layout.with_join = false;
  auto split = std::make_unique<RowPartitions>(layout, partitions, /*split_by_id=*/false,
                                               /*expected_rows=*/0, execution);
  ARROW_RETURN_NOT_OK(execution->ForEach(partitions, [&](size_t part) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const RowTable rows, table->rows->Take(part));
    return split->InsertByJoin(rows);
  }));
  table->rows = std::move(split);
  return arrow::Status::OK();
}

}  // namespace

arrow::Status ReadTables(std::vector<TableInput>* tables, Execution* execution,
                         const std::function<arrow::Status()>& also) {
  int64_t total = 0;
  int64_t largest = 0;
  for (const TableInput& table : *tables) {
    total += table.scan->table_rows();
    largest = std::max(largest, table.scan->table_rows());
  }
  const size_t partitions = execution->PartitionsFor(largest);
  for (TableInput& table : *tables) {
    table.rows =
        std::make_unique<RowPartitions>(table.scan->layout(), partitions, table.scan->split_by_id(),
                                        table.scan->table_rows(), execution);
  }
  execution->StartPhase(ExecutionPhase::kReading, total);
  // Each thread starts with a different table, and helps with the others when that is done.
  ARROW_RETURN_NOT_OK(execution->ForEach(execution->threads(), [&](size_t thread) -> arrow::Status {
    if (also && thread + 1 == execution->threads()) ARROW_RETURN_NOT_OK(also());
    RowBlock block;
    for (size_t i = 0; i < tables->size(); ++i) {
      TableInput& table = (*tables)[(thread + i) % tables->size()];
      while (true) {
        ARROW_RETURN_NOT_OK(execution->Check());
        ARROW_ASSIGN_OR_RAISE(const bool more, table.scan->Read(&block));
        if (!more) break;
        ARROW_RETURN_NOT_OK(table.rows->Insert(&block));
        execution->Advance(static_cast<int64_t>(block.size()));
      }
    }
    return arrow::Status::OK();
  }));
  for (TableInput& table : *tables) {
    if (table.scan->split_by_id()) ARROW_RETURN_NOT_OK(SplitByJoin(&table, partitions, execution));
  }
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
