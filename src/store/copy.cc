#include <utility>

#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/blob_columns.h"
#include "store/write/rows_ahead.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {
namespace {

ReadOptions ReadOptionsFor(const FeatureKey& feature, const CopyOptions& options) {
  ReadOptions read{.filters = options.global_filters,
                   .allow_fallback = false,
                   .with_feature_history = options.with_feature_history,
                   .with_sample_history = options.with_sample_history,
                   .execution = options.execution};
  for (const auto& [key, filters] : options.filters) {
    if (key == feature) read.filters.insert(read.filters.end(), filters.begin(), filters.end());
  }
  return read;
}

// One version of a feature's table.
struct Source {
  StoreSession* store;
  std::shared_ptr<const FeatureGraph> graph;
  std::shared_ptr<const TableSnapshot> table;
  FeatureKey feature;
  ReadOptions options;

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read() const {
    return store->ReadTable(*graph, table, feature, options);
  }
};

// The rows of a source, or null if there are none: nothing is created for a feature without rows.
arrow::Result<std::shared_ptr<RowsAhead>> ReadAny(const Source& source) {
  auto rows = source.Read();
  if (IsError(rows.status(), ErrorCode::kFeatureNotFound)) return nullptr;
  ARROW_RETURN_NOT_OK(rows.status());
  auto ahead = std::make_shared<RowsAhead>(*std::move(rows));
  ARROW_ASSIGN_OR_RAISE(const bool any, ahead->HasRows());
  return any ? ahead : nullptr;
}

}  // namespace

arrow::Result<CopyResult> Copy(StoreSession& session, StoreSession& from,
                               const std::optional<std::vector<FeatureKey>>& features,
                               const CopyOptions& options) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  ARROW_RETURN_NOT_OK(from.CheckOpen());
  const std::optional<std::string> project =
      session.options().project.empty() ? std::nullopt
                                        : std::optional<std::string>(session.options().project);
  const Interrupt interrupt(options.execution);
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(const auto graph_of_source, from.GraphAfterSync(options.execution));
  CopyResult result;
  for (const FeatureKey& feature : features ? *features : graph->ListFeatures(project)) {
    const auto found = from.FindTable(feature, /*allow_fallback=*/false, interrupt);
    // A snapshot without this feature.
    if (IsError(found.status(), ErrorCode::kFeatureNotFound)) continue;
    ARROW_RETURN_NOT_OK(found.status());
    if (!found->table) continue;
    const Source source{&from, graph_of_source, found->table, feature,
                        ReadOptionsFor(feature, options)};
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> first, ReadAny(source));
    if (!first) continue;
    ARROW_RETURN_NOT_OK(CheckNoBlobs(feature.table_name(), *found->table->schema(), "copied"));
    ARROW_ASSIGN_OR_RAISE(const auto columns,
                          session.ColumnsFor(*graph, feature, {.preserve_feature_version = true}));
    const arrow::Result<WriteResult> copied =
        session.Append(*graph, feature,
                       RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                         auto rows = std::exchange(first, nullptr);
                         if (!rows) {
                           ARROW_ASSIGN_OR_RAISE(rows, source.Read());
                         }
                         return WithSystemColumns(columns, std::move(rows));
                       }),
                       columns->time(), interrupt);
    if (!copied.ok()) return WithContext(copied.status(), "copying '" + feature.ToString() + "'");
    result.features_copied += 1;
    result.rows_copied += copied->rows;
  }
  return result;
}

}  // namespace metaxy::internal
