#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/write/blob_columns.h"
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

// Whether there is anything to copy: nothing is created for a feature without rows.
arrow::Result<bool> HasRows(StoreSession& from, const FeatureKey& feature,
                            const ReadOptions& read) {
  const arrow::Result<int64_t> count = from.CountRows(feature, read);
  if (IsError(count.status(), ErrorCode::kFeatureNotFound)) return false;
  ARROW_RETURN_NOT_OK(count.status());
  return *count > 0;
}

}  // namespace

arrow::Result<CopyResult> StoreSession::Copy(StoreSession& from,
                                             const std::optional<std::vector<FeatureKey>>& features,
                                             const CopyOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_RETURN_NOT_OK(from.CheckOpen());
  const std::optional<std::string> project =
      options_.project.empty() ? std::nullopt : std::optional<std::string>(options_.project);
  CopyResult result;
  for (const FeatureKey& feature : features ? *features : graph().ListFeatures(project)) {
    const ReadOptions read = ReadOptionsFor(feature, options);
    ARROW_ASSIGN_OR_RAISE(const bool has_rows, HasRows(from, feature, read));
    if (!has_rows) continue;
    ARROW_ASSIGN_OR_RAISE(
        const FoundTable found,
        from.RequireTable(feature, /*allow_fallback=*/false, Interrupt(options.execution)));
    ARROW_RETURN_NOT_OK(CheckNoBlobs(feature.table_name(), *found.table->schema(), "copied"));
    ARROW_ASSIGN_OR_RAISE(const auto columns,
                          ColumnsFor(feature, {.preserve_feature_version = true}));
    const arrow::Result<WriteResult> copied = Append(
        feature, RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
          ARROW_ASSIGN_OR_RAISE(auto source, from.Read(feature, read));
          return WithSystemColumns(columns, std::move(source));
        }),
        columns->time(), Interrupt(options.execution));
    if (!copied.ok()) return WithContext(copied.status(), "copying '" + feature.ToString() + "'");
    result.features_copied += 1;
    result.rows_copied += copied->rows;
  }
  return result;
}

}  // namespace metaxy::internal
