#include "versioning/resolve/latest_rows.h"

#include <utility>

#include "columns/row_width.h"
#include "versioning/resolve/batch_reader.h"
#include "versioning/scan/row_fetcher.h"
#include "versioning/scan/table_input.h"

namespace metaxy::internal {
namespace {

// Every row that a filter lets through counts: nothing has to be remembered of the others.
arrow::Result<PositionSet> RowsOfHistory(RowScan* scan, const Execution& execution) {
  PositionSet rows;
  RowBlock block;
  while (true) {
    ARROW_RETURN_NOT_OK(execution.Check());
    ARROW_ASSIGN_OR_RAISE(const bool more, scan->Read(&block));
    if (!more) return rows;
    for (size_t i = 0; i < block.size(); ++i) {
      if ((block.flags[i] & kDropped) == 0)
        rows.Add(block.first_position + static_cast<uint32_t>(i));
    }
  }
}

arrow::Result<PositionSet> RowsOfSamples(std::vector<TableInput>* tables, Execution* execution) {
  ARROW_RETURN_NOT_OK(ReadTables(tables, execution));
  RowPartitions& parts = *tables->front().rows;
  PositionSet rows;
  for (size_t part = 0; part < parts.num_partitions(); ++part) {
    ARROW_RETURN_NOT_OK(execution->Check());
    ARROW_ASSIGN_OR_RAISE(const RowTable table, parts.Take(part));
    for (uint32_t row = 0; row < table.size(); ++row) {
      if (!table.dropped(row)) rows.Add(table.row(row).position);
    }
  }
  return rows;
}

}  // namespace

arrow::Result<LatestRows> FindLatestRows(RowsRequest request, const ExecutionOptions& options) {
  Execution execution(options);
  const bool history = request.with_sample_history;
  std::vector<TableInput> tables(1);
  ARROW_ASSIGN_OR_RAISE(tables.front().scan, RowScan::Make(std::move(request), &execution));
  RowScan* scan = tables.front().scan.get();
  ARROW_ASSIGN_OR_RAISE(PositionSet rows, history ? RowsOfHistory(scan, execution)
                                                  : RowsOfSamples(&tables, &execution));
  return LatestRows{scan->scanned(), std::move(rows), execution.tied_samples()};
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadLatestRows(
    LatestRows rows, const std::vector<std::string>& columns, const ExecutionOptions& options) {
  arrow::FieldVector fields;
  for (const std::string& name : columns)
    fields.push_back(rows.table->table->schema()->GetFieldByName(name));
  const auto schema = arrow::schema(std::move(fields));
  const ReadPlan plan =
      ReadPlan{options.batch_size, Interrupt(options), MemoryOf(options)}.For(*schema);
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<RowFetcher> fetcher,
      MakeRowFetcher(rows.table, columns,
                     {.num_rows = rows.positions.size(), .ascending = true, .read = plan}));
  const size_t num_rows = rows.positions.size();
  return std::make_shared<BatchReader>(
      schema, num_rows, plan,
      [fetcher, positions = std::move(rows.positions), next = uint64_t{0}](
          size_t, size_t count) mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        std::vector<uint32_t> wanted;
        wanted.reserve(count);
        positions.Next(next, count, &wanted);
        if (!wanted.empty()) next = uint64_t{wanted.back()} + 1;
        return fetcher->Fetch(wanted);
      });
}

}  // namespace metaxy::internal
