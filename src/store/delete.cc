#include <fmt/format.h>

#include "metaxy/errors.h"
#include "store/mark_deleted.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/table_writer.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {
namespace {

// The rows are marked under the version that is read.
arrow::Result<int64_t> SoftDelete(StoreSession& session, const FeatureGraph& graph,
                                  const FeatureKey& feature, const ReadOptions& read) {
  ARROW_ASSIGN_OR_RAISE(const auto columns,
                        session.ColumnsFor(graph, feature, {}, RowTimes::kDeleted));
  ARROW_ASSIGN_OR_RAISE(
      const WriteResult marked,
      session.Append(graph, feature,
                     RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                       ARROW_ASSIGN_OR_RAISE(auto rows, session.Read(graph, feature, read));
                       ARROW_ASSIGN_OR_RAISE(
                           auto marked_rows,
                           MarkDeleted(std::move(rows), columns->time()->first()));
                       return WithSystemColumns(columns, std::move(marked_rows));
                     }),
                     columns->time(), Interrupt(read.execution)));
  return marked.rows;
}

}  // namespace

arrow::Result<int64_t> Delete(StoreSession& session, const FeatureKey& feature,
                              const Filters& filters, const DeleteOptions& options) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  if (feature.is_system()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is a system table of metaxy; its rows cannot be deleted",
                                 feature.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(const auto graph, session.GraphAfterSync(options.execution));
  if (options.soft) {
    return SoftDelete(session, *graph, feature,
                      {.filters = filters,
                       .with_feature_history = options.with_feature_history,
                       .with_sample_history = options.with_sample_history,
                       .execution = options.execution});
  }
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(std::vector<arrow::compute::Expression> conditions, filters.Expressions());
  if (!options.with_feature_history) {
    ARROW_ASSIGN_OR_RAISE(const std::string version, graph->GetFeatureVersion(feature));
    conditions.insert(conditions.begin(), *VersionFilter(version));
  }
  std::optional<arrow::compute::Expression> condition;
  if (!conditions.empty()) condition = arrow::compute::and_(conditions);
  Retries retries("deleting rows of", feature.table_name(), interrupt, session.log());
  int64_t deleted = 0;
  ARROW_RETURN_NOT_OK(RetryConflicts(std::move(retries), [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const FoundTable found,
                          session.RequireTable(feature, /*allow_fallback=*/false, interrupt));
    ARROW_RETURN_NOT_OK(interrupt.Check("deleting rows"));
    return found.table->Delete(condition).Value(&deleted);
  }));
  return deleted;
}

}  // namespace metaxy::internal
