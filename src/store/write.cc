#include <arrow/table.h>
#include <fmt/format.h>

#include "base/quote.h"
#include "base/utf8.h"
#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/clock.h"
#include "store/failures/success_clearing.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/add_system_columns.h"
#include "store/write/column_names.h"
#include "store/write/row_spool.h"
#include "store/write/storable_types.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

arrow::Result<std::shared_ptr<const SystemColumns>> StoreSession::ColumnsFor(
    const FeatureGraph& graph, const FeatureKey& feature, const WriteOptions& options,
    RowTimes times, std::shared_ptr<WriteTime> time) const {
  if (feature.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is a system table of metaxy and is written by `metaxy push` only",
                    feature.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(options_.hash_algorithm, graph.hash_truncation_length()));
  WriteStamp stamp;
  ARROW_ASSIGN_OR_RAISE(stamp.feature_version, graph.GetFeatureVersion(feature));
  ARROW_ASSIGN_OR_RAISE(stamp.project_version, ProjectVersion(graph));
  stamp.materialization_id =
      options.materialization_id ? options.materialization_id : options_.materialization_id;
  if (stamp.materialization_id && !IsUtf8(*stamp.materialization_id)) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("the materialization id {} is not valid UTF-8; nothing was written",
                    Quote(*stamp.materialization_id)));
  }
  const int64_t clock = options.time ? options.time->time_since_epoch().count() : NowMicros();
  stamp.time = time ? std::move(time) : std::make_shared<WriteTime>(clock);
  stamp.times = times;
  stamp.preserve_feature_version = options.preserve_feature_version;
  return std::make_shared<const SystemColumns>(definition->spec, std::move(stamp),
                                               std::move(hasher));
}

arrow::Result<std::string> StoreSession::ProjectVersion(const FeatureGraph& graph) const {
  if (!options_.project.empty()) return graph.GetProjectVersion(options_.project);
  ARROW_ASSIGN_OR_RAISE(const std::string project, graph.project());
  return graph.GetProjectVersion(project);
}

ByFieldColumns ByFieldOf(const FeatureSpec& spec, bool as_map) {
  ByFieldColumns columns{
      .names = {std::string(kProvenanceByField), std::string(kDataVersionByField)},
      .as_map = as_map};
  for (const FieldSpec& field : spec.fields) columns.members.push_back(field.key.ToStructKey());
  return columns;
}

arrow::Result<AppendOptions> StoreSession::AppendOptionsFor(const FeatureGraph& graph,
                                                            const FeatureKey& feature) const {
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
  return AppendOptions{.id_columns = definition->spec.id_columns,
                       .by_field = ByFieldOf(definition->spec, options_.enable_map_datatype),
                       .log = log_};
}

arrow::Result<WriteResult> StoreSession::Append(const FeatureGraph& graph,
                                                const FeatureKey& feature, const RowSource& source,
                                                std::shared_ptr<WriteTime> time,
                                                const Interrupt& interrupt,
                                                const std::string& write_id) {
  constexpr std::string_view kDoing = "writing rows";
  ARROW_ASSIGN_OR_RAISE(AppendOptions options, AppendOptionsFor(graph, feature));
  options.interrupt = interrupt;
  options.time = std::move(time);
  options.write_id = write_id;
  // The thread of a buffer of writes has none of its own.
  const InterruptScope scope(interrupt);
  const RowSource interruptible =
      [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    ARROW_ASSIGN_OR_RAISE(auto rows, source());
    return Interruptible(std::move(rows), interrupt, std::string(kDoing));
  };
  const std::string table = feature.table_name();
  const arrow::Result<AppendResult> appended =
      AppendToTable(*storage_, table, interruptible, options);
  if (!appended.ok()) {
    // The database tells of a reader that failed in its own words.
    if (!IsError(appended.status(), ErrorCode::kCommitStateUnknown))
      ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    return appended.status();
  }
  AfterAppend(table, *appended, interrupt);
  WriteResult result;
  result.rows = appended->rows;
  if (appended->version > 0) result.version = appended->version;
  return result;
}

arrow::Result<WriteResult> StoreSession::AppendComputed(
    const FeatureGraph& graph, const FeatureKey& feature, const RowSource& source,
    std::shared_ptr<WriteTime> time, const Interrupt& interrupt, const std::string& write_id) {
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph.GetFeaturePlan(feature));
  SuccessClearing clearing(*storage_, plan, interrupt);
  const RowSource watched = [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    ARROW_ASSIGN_OR_RAISE(auto rows, source());
    return clearing.Watch(std::move(rows));
  };
  arrow::Result<WriteResult> written =
      Append(graph, feature, watched, std::move(time), interrupt, write_id);
  if (written.ok()) clearing.Clear(log_);
  return written;
}

arrow::Status StoreSession::CheckWrite(const FeatureKey& feature,
                                       std::shared_ptr<arrow::RecordBatchReader> rows,
                                       const WriteOptions& options) {
  return CheckWrite(*shared_graph(), feature, std::move(rows), options);
}

arrow::Status StoreSession::CheckWrite(const FeatureGraph& graph, const FeatureKey& feature,
                                       std::shared_ptr<arrow::RecordBatchReader> rows,
                                       const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  const Interrupt interrupt(options.execution);
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(graph, feature, options));
  ARROW_ASSIGN_OR_RAISE(
      auto complete,
      WithSystemColumns(std::move(columns),
                        Interruptible(std::move(rows), interrupt, "looking at the rows to write")));
  ARROW_ASSIGN_OR_RAISE(AppendOptions append, AppendOptionsFor(graph, feature));
  append.interrupt = interrupt;
  return CheckAppend(*storage_, feature.table_name(), std::move(complete), append);
}

arrow::Result<WriteResult> StoreSession::Write(const FeatureKey& feature,
                                               std::shared_ptr<arrow::RecordBatchReader> rows,
                                               const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  const std::shared_ptr<const FeatureGraph> graph = shared_graph();
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(*graph, feature, options));
  const auto spool = RowSpool::Make(std::move(rows));
  return AppendComputed(
      *graph, feature, RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
        ARROW_ASSIGN_OR_RAISE(auto again, spool->Open());
        return WithSystemColumns(columns, std::move(again));
      }),
      columns->time(), Interrupt(options.execution), options.write_id.value_or(""));
}

arrow::Result<WriteResult> StoreSession::Write(const FeatureKey& feature,
                                               const std::shared_ptr<arrow::Table>& rows,
                                               const WriteOptions& options) {
  return Write(*shared_graph(), feature, rows, options);
}

arrow::Result<WriteResult> StoreSession::Write(const FeatureGraph& graph, const FeatureKey& feature,
                                               const std::shared_ptr<arrow::Table>& rows,
                                               const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWritable());
  ARROW_ASSIGN_OR_RAISE(auto columns, ColumnsFor(graph, feature, options));
  return AppendComputed(
      graph, feature, RowSource([&] {
        return WithSystemColumns(columns, std::make_shared<arrow::TableBatchReader>(rows));
      }),
      columns->time(), Interrupt(options.execution), options.write_id.value_or(""));
}

arrow::Result<std::optional<uint64_t>> FindWrite(StoreSession& session, const FeatureKey& feature,
                                                 const std::string& write_id, uint64_t since,
                                                 const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  if (write_id.empty())
    return MakeError(ErrorCode::kInvalidInput, "write_id is empty; use that of the write");
  ARROW_ASSIGN_OR_RAISE(const FoundTable found,
                        session.FindTable(feature, /*allow_fallback=*/false, interrupt));
  if (!found.table) return std::nullopt;
  return session.storage().FindWrite(feature.table_name(), write_id, since);
}

arrow::Result<WriteResult> AppendSystemRows(StoreSession& session, const FeatureKey& table,
                                            std::shared_ptr<arrow::RecordBatchReader> rows,
                                            const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  if (!table.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is not a system table of metaxy; write a feature's rows with "
                    "Write()",
                    table.ToString()));
  }
  const std::string what = "rows of '" + table.ToString() + "'";
  ARROW_RETURN_NOT_OK(CheckStorableNames(*rows->schema(), what));
  const auto schema = StoredSchema(*rows->schema());
  ARROW_RETURN_NOT_OK(CheckStorableTypes(*schema, what));
  auto stored = MapBatches(
      Interruptible(std::move(rows), interrupt, "writing rows"), schema,
      [](const std::shared_ptr<arrow::RecordBatch>& batch) { return WithStoredTypes(batch); });
  AppendOptions options{.interrupt = interrupt, .log = session.log()};
  const std::string name = table.table_name();
  ARROW_ASSIGN_OR_RAISE(const AppendResult appended,
                        AppendToTable(session.storage(), name, std::move(stored), options));
  session.AfterAppend(name, appended, interrupt);
  WriteResult result{.rows = appended.rows};
  if (appended.version > 0) result.version = appended.version;
  return result;
}

arrow::Status DropFeature(StoreSession& session, const FeatureKey& feature,
                          const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  if (feature.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is a system table of metaxy and cannot be dropped", feature.ToString()));
  }
  ARROW_RETURN_NOT_OK(interrupt.Check("dropping a table"));
  return session.storage().DropTable(feature.table_name());
}

}  // namespace metaxy::internal
