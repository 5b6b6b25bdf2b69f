#include "floor.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <metaxy/errors.h>
#include <metaxy/system_columns.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "base/byte_size.h"
#include "generated_rows.h"
#include "lance_store.h"
#include "lancedb/bridge.h"
#include "lancedb/lance_snapshot.h"
#include "versioning/scan/row_scan.h"
#include "versioning/summary/execution.h"

namespace metaxy::bench {
namespace {

using internal::LanceConnection;
using internal::LanceTable;

void AddOnce(std::vector<std::string>* columns, std::string column) {
  if (std::ranges::find(*columns, column) == columns->end()) columns->push_back(std::move(column));
}

arrow::Result<int64_t> ReadAll(arrow::RecordBatchReader* reader) {
  int64_t rows = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) return rows;
    rows += batch->num_rows();
  }
}

arrow::Result<int64_t> ScanAll(const LanceTable& table, std::vector<std::string> columns) {
  ARROW_ASSIGN_OR_RAISE(auto reader, table.Scan({.columns = std::move(columns), .ordered = false}));
  return ReadAll(reader.get());
}

struct NamedColumns {
  FeatureKey feature;
  std::string table;
  std::vector<std::string> columns;
};

// The tables that a resolve of the measured feature reads, and their columns.
arrow::Result<std::vector<NamedColumns>> WhatToScan(const Case& bench_case,
                                                    const LanceConnection& connection) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> existing, connection.TableNames());
  ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(bench_case.measure.feature));
  std::vector<std::string> keys;
  for (const FeatureDep& dep : feature->spec.deps) keys.push_back(dep.feature.ToString());
  keys.push_back(feature->spec.key.ToString());
  std::vector<NamedColumns> scans;
  for (const std::string& key : keys) {
    ARROW_ASSIGN_OR_RAISE(const Feature* scanned, bench_case.Find(key));
    const std::string table = scanned->spec.table_name();
    if (std::ranges::find(existing, table) == existing.end()) continue;
    ARROW_ASSIGN_OR_RAISE(auto columns, DecidingColumns(bench_case, key));
    scans.push_back({scanned->spec.key, table, std::move(columns)});
  }
  return scans;
}

arrow::Result<Measurement> MeasureScan(const Case& bench_case, const LanceConnection& connection) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<NamedColumns> scans, WhatToScan(bench_case, connection));
  const Stopwatch stopwatch;
  int64_t rows = 0;
  for (const NamedColumns& scan : scans) {
    ARROW_ASSIGN_OR_RAISE(auto table, connection.OpenTable(scan.table));
    ARROW_ASSIGN_OR_RAISE(const int64_t scanned, ScanAll(*table, scan.columns));
    rows += scanned;
  }
  return Measurement{.seconds = stopwatch.Seconds(), .counts = {{"scanned", rows}}};
}

// As a resolve asks for them.
arrow::Result<internal::ScanRequest> RequestOf(const FeatureGraph& graph, const NamedColumns& scan,
                                               const internal::Execution& execution) {
  internal::ScanRequest request;
  for (const std::string& column : scan.columns) {
    const size_t dot = column.find('.');
    request.columns.push_back(
        {column.substr(0, dot), dot == std::string::npos ? "" : column.substr(dot + 1)});
  }
  ARROW_ASSIGN_OR_RAISE(std::string version, graph.GetFeatureVersion(scan.feature));
  request.filters.push_back(*internal::VersionFilter(std::move(version)));
  request.eager = true;
  request.batch_size = execution.scan_batch_size();
  request.read_ahead_bytes = execution.memory().narrow_read_ahead();
  return request;
}

// The rows of the measured write with all their system columns.
arrow::Result<std::shared_ptr<arrow::Table>> FinishedRows(const Case& bench_case, int64_t rows,
                                                          const std::string& scratch) {
  const Step& step = bench_case.measure;
  ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(step.feature));
  ARROW_ASSIGN_OR_RAISE(auto store, OpenStore(bench_case, scratch, AccessMode::kWrite));
  ARROW_ASSIGN_OR_RAISE(auto reader, GenerateRows(*feature, step, rows));
  ARROW_RETURN_NOT_OK(store->Write(feature->spec.key, std::move(reader)));
  ARROW_RETURN_NOT_OK(store->Close());
  ARROW_ASSIGN_OR_RAISE(auto connection, LanceConnection::Connect({.uri = scratch}));
  ARROW_ASSIGN_OR_RAISE(auto table, connection->OpenTable(feature->spec.table_name()));
  ARROW_ASSIGN_OR_RAISE(auto written, table->Scan());
  return written->ToTable();
}

arrow::Status AppendTo(LanceTable* table, const std::shared_ptr<arrow::Table>& rows) {
  return table->Append(std::make_shared<arrow::TableBatchReader>(rows)).status();
}

arrow::Result<Measurement> MeasureAppend(const Case& bench_case, const LanceConnection& connection,
                                         const std::shared_ptr<arrow::Table>& rows) {
  ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(bench_case.measure.feature));
  const int64_t at_a_time = bench_case.measure.verb == "append" ? 1 : rows->num_rows();
  const Stopwatch stopwatch;
  ARROW_ASSIGN_OR_RAISE(auto table, connection.OpenTable(feature->spec.table_name()));
  for (int64_t row = 0; row < rows->num_rows(); row += at_a_time) {
    ARROW_RETURN_NOT_OK(AppendTo(table.get(), rows->Slice(row, at_a_time)));
  }
  return Measurement{.seconds = stopwatch.Seconds(), .counts = {{"written", rows->num_rows()}}};
}

}  // namespace

arrow::Result<Measurement> MeasureSameScan(const Case& bench_case, const std::string& directory,
                                           const std::optional<std::string>& memory_limit) {
  ExecutionOptions options;
  if (memory_limit) {
    ARROW_ASSIGN_OR_RAISE(options.memory_limit, internal::ParseByteSize(*memory_limit));
  }
  ARROW_ASSIGN_OR_RAISE(const auto graph, bench_case.Graph());
  ARROW_ASSIGN_OR_RAISE(auto connection, LanceConnection::Connect({.uri = directory}));
  ARROW_ASSIGN_OR_RAISE(const std::vector<NamedColumns> scans, WhatToScan(bench_case, *connection));
  const Stopwatch stopwatch;
  internal::Execution execution(options);
  std::vector<std::shared_ptr<arrow::RecordBatchReader>> readers;
  for (const NamedColumns& scan : scans) {
    ARROW_ASSIGN_OR_RAISE(auto table, connection->OpenTable(scan.table));
    ARROW_ASSIGN_OR_RAISE(const auto snapshot, internal::LanceSnapshot::Make(std::move(table)));
    ARROW_ASSIGN_OR_RAISE(const auto request, RequestOf(*graph, scan, execution));
    ARROW_ASSIGN_OR_RAISE(readers.emplace_back(), snapshot->Scan(request));
  }
  std::atomic<int64_t> rows{0};
  ARROW_RETURN_NOT_OK(execution.ForEach(readers.size(), [&](size_t i) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const int64_t scanned, ReadAll(readers[i].get()));
    rows += scanned;
    return arrow::Status::OK();
  }));
  return Measurement{.seconds = stopwatch.Seconds(), .counts = {{"scanned", rows.load()}}};
}

arrow::Result<std::vector<std::string>> DecidingColumns(const Case& bench_case,
                                                        const std::string& feature) {
  ARROW_ASSIGN_OR_RAISE(const Feature* scanned, bench_case.Find(feature));
  ARROW_ASSIGN_OR_RAISE(const Feature* measured, bench_case.Find(bench_case.measure.feature));
  std::vector<std::string> columns = scanned->spec.id_columns;
  if (scanned == measured) {
    columns.emplace_back(kProvenance);
  } else {
    for (const FeatureDep& dep : measured->spec.deps) {
      if (dep.feature != scanned->spec.key || !dep.lineage.on) continue;
      for (const std::string& column : *dep.lineage.on) AddOnce(&columns, column);
    }
    for (const FieldSpec& field : scanned->spec.fields) {
      columns.push_back(std::string(kDataVersionByField) + "." + field.key.ToString());
    }
  }
  columns.emplace_back(kUpdatedAt);
  columns.emplace_back(kDeletedAt);
  return columns;
}

arrow::Result<Measurement> MeasureFloor(const Case& bench_case, int64_t rows,
                                        const std::string& directory, const std::string& scratch) {
  const bool scan = bench_case.measure.verb == "resolve";
  std::shared_ptr<arrow::Table> finished;
  if (!scan) {
    ARROW_ASSIGN_OR_RAISE(finished, FinishedRows(bench_case, rows, scratch));
  }
  ARROW_ASSIGN_OR_RAISE(auto connection, LanceConnection::Connect({.uri = directory}));
  return scan ? MeasureScan(bench_case, *connection)
              : MeasureAppend(bench_case, *connection, finished);
}

}  // namespace metaxy::bench
