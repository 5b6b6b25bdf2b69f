#include "versioning/resolve/latest_rows.h"

#include <algorithm>
#include <span>
#include <utility>

#include "columns/row_width.h"
#include "versioning/resolve/batch_reader.h"
#include "versioning/resolve/outcome.h"
#include "versioning/scan/row_fetcher.h"
#include "versioning/scan/table_input.h"

namespace metaxy::internal {
namespace {

// Every row that passes a filter counts: nothing has to be kept of the others.
arrow::Result<RowGroups> RowsOfHistory(RowScan* scan, const Execution& execution) {
  RowGroups rows;
  RowBlock block;
  while (true) {
    ARROW_RETURN_NOT_OK(execution.Check());
    ARROW_ASSIGN_OR_RAISE(const bool more, scan->Read(&block));
    if (!more) return rows;
    for (size_t i = 0; i < block.size(); ++i) {
      const uint32_t position = block.first_position + static_cast<uint32_t>(i);
      if ((block.flags[i] & kDropped) == 0) rows.Add({&position, 1});
    }
  }
}

arrow::Result<RowGroups> RowsOfSamples(std::vector<TableInput>* tables, Execution* execution) {
  ARROW_RETURN_NOT_OK(ReadTables(tables, execution));
  RowPartitions& parts = *tables->front().rows;
  RowGroups rows;
  for (size_t part = 0; part < parts.num_partitions(); ++part) {
    ARROW_RETURN_NOT_OK(execution->Check());
    ARROW_ASSIGN_OR_RAISE(const RowTable table, parts.Take(part));
    for (uint32_t row = 0; row < table.size(); ++row) {
      if (!table.dropped(row)) rows.Add({&table.row(row).position, 1});
    }
  }
  rows.Sort();
  return rows;
}

}  // namespace

arrow::Result<LatestRows> FindLatestRows(RowsRequest request, const ExecutionOptions& options) {
  Execution execution(options);
  const bool history = request.with_sample_history;
  std::vector<TableInput> tables(1);
  ARROW_ASSIGN_OR_RAISE(tables.front().scan, RowScan::Make(std::move(request), &execution));
  RowScan* scan = tables.front().scan.get();
  ARROW_ASSIGN_OR_RAISE(RowGroups rows, history ? RowsOfHistory(scan, execution)
                                                : RowsOfSamples(&tables, &execution));
  return LatestRows{scan->scanned(), std::move(rows).TakeRows()};
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadLatestRows(
    LatestRows rows, const std::vector<std::string>& columns, const ExecutionOptions& options) {
  arrow::FieldVector fields;
  for (const std::string& name : columns)
    fields.push_back(rows.table->table->schema()->GetFieldByName(name));
  const auto schema = arrow::schema(std::move(fields));
  const ReadPlan plan{RowsPerBatch(*schema, options.batch_size), Interrupt(options)};
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<RowFetcher> fetcher,
      MakeRowFetcher(
          rows.table, columns,
          {.num_rows = rows.positions.size(), .ascending = true, .batch_size = plan.batch_size}));
  const size_t num_rows = rows.positions.size();
  return std::make_shared<BatchReader>(
      schema, num_rows, plan,
      [fetcher, positions = std::move(rows.positions)](size_t begin, size_t count) {
        return fetcher->Fetch(std::span(positions).subspan(begin, count));
      });
}

}  // namespace metaxy::internal
