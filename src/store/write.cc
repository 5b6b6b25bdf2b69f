#include <arrow/table.h>
#include <fmt/format.h>

#include <chrono>

#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/system_columns.h"
#include "store/table_writer.h"

namespace metaxy::internal {
namespace {

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// The rows with system columns. `columns` is shared with the reader, which outlives this call.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Prepare(std::shared_ptr<const SystemColumns> columns,
                                                                 std::shared_ptr<arrow::RecordBatchReader> rows) {
  ARROW_ASSIGN_OR_RAISE(auto schema, columns->SchemaFor(rows->schema()));
  return MapBatches(std::move(rows), std::move(schema),
                    [columns](const std::shared_ptr<arrow::RecordBatch>& batch) { return columns->Add(batch); });
}

arrow::Result<std::shared_ptr<const SystemColumns>> ColumnsFor(const StoreSession& session, const FeatureKey& feature,
                                                               const WriteOptions& options) {
  if (feature.is_system()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is a table of metaxy itself and is written by `metaxy push` only",
                                 feature.ToString()));
  }
  const FeatureGraph& graph = session.graph();
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(session.options().hash_algorithm, graph.hash_truncation_length()));
  WriteStamp stamp;
  ARROW_ASSIGN_OR_RAISE(stamp.feature_version, graph.GetFeatureVersion(feature));
  ARROW_ASSIGN_OR_RAISE(stamp.project_version, session.ProjectVersion());
  stamp.materialization_id =
      options.materialization_id ? options.materialization_id : session.options().materialization_id;
  stamp.now = NowMicros();
  stamp.preserve_feature_version = options.preserve_feature_version;
  return std::make_shared<const SystemColumns>(definition->spec, std::move(stamp), std::move(hasher));
}

}  // namespace

arrow::Result<std::string> StoreSession::ProjectVersion() const {
  if (!options_.project.empty()) return graph().GetProjectVersion(options_.project);
  ARROW_ASSIGN_OR_RAISE(const std::string project, graph().project());
  return graph().GetProjectVersion(project);
}

arrow::Status StoreSession::Write(const FeatureKey& feature, std::shared_ptr<arrow::RecordBatchReader> rows,
                                  const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(*this, feature, options));
  ARROW_ASSIGN_OR_RAISE(auto prepared, Prepare(std::move(columns), std::move(rows)));
  return AppendToTable(*storage_, feature.table_name(), std::move(prepared));
}

arrow::Status StoreSession::Write(const FeatureKey& feature, const std::shared_ptr<arrow::Table>& rows,
                                  const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(*this, feature, options));
  return AppendToTable(*storage_, feature.table_name(),
                       RowSource([&] { return Prepare(columns, std::make_shared<arrow::TableBatchReader>(rows)); }));
}

arrow::Status StoreSession::DropFeature(const FeatureKey& feature) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  if (feature.is_system()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is a table of metaxy itself and cannot be dropped", feature.ToString()));
  }
  return storage_->DropTable(feature.table_name());
}

}  // namespace metaxy::internal
