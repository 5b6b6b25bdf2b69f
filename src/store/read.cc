#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/store_session.h"
#include "versioning/delta/delta_count.h"
#include "versioning/resolve/latest_rows.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {
namespace {

arrow::Result<std::vector<std::string>> OutputColumns(const FeatureKey& feature,
                                                      const arrow::Schema& schema,
                                                      const std::vector<std::string>& wanted) {
  if (wanted.empty()) return schema.field_names();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (schema.GetFieldIndex(wanted[i]) < 0) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format("feature '{}' has no column '{}'{}; it has: {}", feature.ToString(),
                      wanted[i], DidYouMean(wanted[i], schema.field_names()),
                      fmt::join(schema.field_names(), ", ")));
    }
    if (std::find(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i), wanted[i]) !=
        wanted.begin() + static_cast<std::ptrdiff_t>(i)) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("column '{}' is requested twice", wanted[i]));
    }
  }
  return wanted;
}

// Which rows to read. System tables keep every row; features keep the latest of each sample.
arrow::Result<RowsRequest> RequestOf(const FeatureGraph& graph, const FeatureKey& feature,
                                     const ReadOptions& options) {
  RowsRequest request;
  ARROW_ASSIGN_OR_RAISE(request.filters, options.filters.Expressions());
  if (feature.is_system()) {
    request.with_sample_history = true;
    request.include_soft_deleted = true;
    return request;
  }
  request.with_sample_history = options.with_sample_history;
  request.include_soft_deleted = options.include_soft_deleted;
  request.feature_version = options.feature_version;
  if (!options.with_feature_history) {
    ARROW_ASSIGN_OR_RAISE(request.feature_version, graph.GetFeatureVersion(feature));
  }
  if (!options.with_sample_history) {
    ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
    request.id_columns = definition->spec.id_columns;
  }
  return request;
}

// Whether the scan alone gives the result, without inspecting the rows first.
bool IsPlainScan(const RowsRequest& request) {
  return request.with_sample_history && request.include_soft_deleted && request.filters.empty();
}

}  // namespace

arrow::Result<std::shared_ptr<const FeatureGraph>> StoreSession::GraphToRead(
    const FeatureKey& feature, const ReadOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  if (feature.is_system()) return shared_graph();
  return GraphAfterSync(options.execution);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> StoreSession::Read(
    const FeatureKey& feature, const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphToRead(feature, options));
  return Read(*graph, feature, options);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> StoreSession::Read(
    const FeatureGraph& graph, const FeatureKey& feature, const ReadOptions& options) {
  const bool allow_fallback = options.allow_fallback && !feature.is_system();
  ARROW_ASSIGN_OR_RAISE(const RowsRequest request, RequestOf(graph, feature, options));
  ARROW_ASSIGN_OR_RAISE(const FoundRows rows,
                        RequireRows(graph, feature, request.feature_version, allow_fallback,
                                    Interrupt(options.execution)));
  return ReadTable(graph, rows.table, feature, options);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> StoreSession::ReadTable(
    const FeatureGraph& graph, const std::shared_ptr<const TableSnapshot>& table,
    const FeatureKey& feature, const ReadOptions& options) {
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(RowsRequest request, RequestOf(graph, feature, options));
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> columns,
                        OutputColumns(feature, *table->schema(), options.columns));
  if (IsPlainScan(request)) {
    ScanRequest scan;
    for (const std::string& name : columns) scan.columns.push_back({name});
    if (const auto version = VersionFilter(request.feature_version))
      scan.filters.push_back(*version);
    scan.with_row_id = false;
    arrow::FieldVector fields;
    for (const std::string& name : columns) fields.push_back(table->schema()->GetFieldByName(name));
    ReadPlan{options.execution.batch_size, interrupt, MemoryOf(options.execution)}
        .For(arrow::Schema(std::move(fields)))
        .Apply(&scan);
    ARROW_ASSIGN_OR_RAISE(auto rows, table->Scan(scan));
    return Interruptible(std::move(rows), interrupt, "fetching rows");
  }
  request.table = table;
  const ExecutionOptions execution = WithDefaults(options.execution);
  ARROW_ASSIGN_OR_RAISE(LatestRows rows, FindLatestRows(std::move(request), execution));
  return ReadLatestRows(std::move(rows), columns, execution);
}

arrow::Result<int64_t> StoreSession::CountRows(const FeatureKey& feature,
                                               const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphToRead(feature, options));
  return CountRows(*graph, feature, options);
}

arrow::Result<int64_t> StoreSession::CountRows(const FeatureGraph& graph, const FeatureKey& feature,
                                               const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(RowsRequest request, RequestOf(graph, feature, options));
  const bool allow_fallback = options.allow_fallback && !feature.is_system();
  ARROW_ASSIGN_OR_RAISE(FoundRows found, RequireRows(graph, feature, request.feature_version,
                                                     allow_fallback, Interrupt(options.execution)));
  request.table = std::move(found.table);
  return CountByDelta(std::move(request), found.place, feature.table_name(),
                      DeltaOptionsFor(options_.delta), WithDefaults(options.execution));
}

}  // namespace metaxy::internal
