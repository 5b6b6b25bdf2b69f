#include <arrow/table.h>
#include <fmt/format.h>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "base/quote.h"
#include "store/clock.h"
#include "store/write/row_spool.h"
#include "store/store_session.h"
#include "store/write/system_columns.h"
#include "store/write/table_writer.h"
#include "base/utf8.h"

namespace metaxy::internal {

arrow::Result<std::shared_ptr<const SystemColumns>> StoreSession::ColumnsFor(
    const FeatureKey& feature, const WriteOptions& options, bool preserve_updated_at) const {
  if (feature.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is a table of metaxy itself and is written by `metaxy push` only",
                    feature.ToString()));
  }
  const std::shared_ptr<const FeatureGraph> graph = shared_graph();
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph->GetFeatureDefinition(feature));
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(options_.hash_algorithm, graph->hash_truncation_length()));
  WriteStamp stamp;
  ARROW_ASSIGN_OR_RAISE(stamp.feature_version, graph->GetFeatureVersion(feature));
  ARROW_ASSIGN_OR_RAISE(stamp.project_version, ProjectVersion());
  stamp.materialization_id =
      options.materialization_id ? options.materialization_id : options_.materialization_id;
  if (stamp.materialization_id && !IsUtf8(*stamp.materialization_id)) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the materialization id {} is not UTF-8; nothing was written",
                                 Quote(*stamp.materialization_id)));
  }
  stamp.now = options.time ? options.time->time_since_epoch().count() : NowMicros();
  stamp.preserve_feature_version = options.preserve_feature_version;
  stamp.preserve_updated_at = preserve_updated_at;
  return std::make_shared<const SystemColumns>(definition->spec, std::move(stamp),
                                               std::move(hasher));
}

arrow::Result<std::string> StoreSession::ProjectVersion() const {
  const std::shared_ptr<const FeatureGraph> graph = shared_graph();
  if (!options_.project.empty()) return graph->GetProjectVersion(options_.project);
  ARROW_ASSIGN_OR_RAISE(const std::string project, graph->project());
  return graph->GetProjectVersion(project);
}

ByFieldColumns ByFieldOf(const FeatureSpec& spec, bool as_map) {
  ByFieldColumns columns{
      .names = {std::string(kProvenanceByField), std::string(kDataVersionByField)},
      .as_map = as_map};
  for (const FieldSpec& field : spec.fields) columns.members.push_back(field.key.ToStructKey());
  return columns;
}

arrow::Result<AppendOptions> StoreSession::AppendOptionsFor(const FeatureKey& feature) const {
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph().GetFeatureDefinition(feature));
  return AppendOptions{.id_columns = definition->spec.id_columns,
                       .by_field = ByFieldOf(definition->spec, options_.enable_map_datatype),
                       .log = log_};
}

arrow::Result<WriteResult> StoreSession::Append(const FeatureKey& feature, const RowSource& source,
                                                const Interrupt& interrupt) {
  constexpr std::string_view kDoing = "writing rows";
  ARROW_ASSIGN_OR_RAISE(AppendOptions options, AppendOptionsFor(feature));
  options.interrupt = interrupt;
  WriteResult result;
  // The thread of a buffer of writes has none of its own.
  const InterruptScope scope(interrupt);
  const RowSource interruptible =
      [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    ARROW_ASSIGN_OR_RAISE(auto rows, source());
    result.rows = 0;  // Another attempt reads them all again.
    const auto schema = rows->schema();
    auto counted = MapBatches(std::move(rows), schema, [&result](const auto& batch) {
      result.rows += batch->num_rows();
      return arrow::Result<std::shared_ptr<arrow::RecordBatch>>(batch);
    });
    return Interruptible(std::move(counted), interrupt, std::string(kDoing));
  };
  const arrow::Result<uint64_t> version =
      AppendToTable(*storage_, feature.table_name(), interruptible, options);
  if (!version.ok()) {
    // The database tells of a reader that failed in its own words.
    if (!IsError(version.status(), ErrorCode::kCommitStateUnknown))
      ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    return version.status();
  }
  if (*version > 0) result.version = *version;
  return result;
}

arrow::Status StoreSession::CheckWrite(const FeatureKey& feature,
                                       std::shared_ptr<arrow::RecordBatchReader> rows,
                                       const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(feature, options));
  ARROW_ASSIGN_OR_RAISE(
      auto complete,
      WithSystemColumns(std::move(columns),
                        Interruptible(std::move(rows), interrupt, "looking at the rows to write")));
  ARROW_ASSIGN_OR_RAISE(AppendOptions append, AppendOptionsFor(feature));
  append.interrupt = interrupt;
  return CheckAppend(*storage_, feature.table_name(), std::move(complete), append);
}

arrow::Result<WriteResult> StoreSession::Write(const FeatureKey& feature,
                                               std::shared_ptr<arrow::RecordBatchReader> rows,
                                               const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(feature, options));
  const auto spool = RowSpool::Make(std::move(rows));
  return Append(feature,
                RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                  ARROW_ASSIGN_OR_RAISE(auto again, spool->Open());
                  return WithSystemColumns(columns, std::move(again));
                }),
                Interrupt(options.execution));
}

arrow::Result<WriteResult> StoreSession::Write(const FeatureKey& feature,
                                               const std::shared_ptr<arrow::Table>& rows,
                                               const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(feature, options));
  return Append(feature, RowSource([&] {
                  return WithSystemColumns(columns,
                                           std::make_shared<arrow::TableBatchReader>(rows));
                }),
                Interrupt(options.execution));
}

arrow::Status StoreSession::DropFeature(const FeatureKey& feature, const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  if (feature.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is a table of metaxy itself and cannot be dropped", feature.ToString()));
  }
  ARROW_RETURN_NOT_OK(interrupt.Check("dropping a table"));
  return storage_->DropTable(feature.table_name());
}

}  // namespace metaxy::internal
