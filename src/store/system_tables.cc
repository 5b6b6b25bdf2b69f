#include "store/system_tables.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/table_writer.h"

namespace metaxy::internal {
namespace {

constexpr const char* kRecordedAt = "recorded_at";
constexpr const char* kPushDeletedAt = "deleted_at";

struct TextColumn {
  const char* name;
  std::string PushedFeature::* member;
  bool decides;  // whether a push looks at it
};

// In the order of the stored table; recorded_at stands before the spec, deleted_at at the end.
const std::vector<TextColumn>& TextColumns() {
  static const std::vector<TextColumn> columns = {
      {"project", &PushedFeature::project, true},
      {"feature_key", &PushedFeature::feature_key, true},
      {"metaxy_feature_version", &PushedFeature::feature_version, false},
      {"metaxy_definition_version", &PushedFeature::definition_version, true},
      {"feature_spec", &PushedFeature::feature_spec, false},
      {"feature_schema", &PushedFeature::feature_schema, false},
      {"feature_class_path", &PushedFeature::feature_class_path, false},
      {"metaxy_project_version", &PushedFeature::project_version, true},
      {"tags", &PushedFeature::tags, false},
  };
  return columns;
}

std::shared_ptr<arrow::Schema> TableSchema() {
  const auto moment = arrow::timestamp(arrow::TimeUnit::MICRO);
  arrow::FieldVector fields;
  for (const TextColumn& column : TextColumns()) {
    if (std::string_view(column.name) == "feature_spec")
      fields.push_back(arrow::field(kRecordedAt, moment));
    fields.push_back(arrow::field(column.name, arrow::large_utf8()));
  }
  fields.push_back(arrow::field(kPushDeletedAt, moment));
  return arrow::schema(std::move(fields));
}

arrow::Status AppendRows(const arrow::RecordBatch& batch, bool columns_for_push,
                         std::vector<PushedFeature>* features) {
  const size_t start = features->size();
  features->resize(start + static_cast<size_t>(batch.num_rows()));
  for (const TextColumn& column : TextColumns()) {
    if (columns_for_push && !column.decides) continue;
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum cast,
        arrow::compute::Cast(batch.GetColumnByName(column.name), arrow::large_utf8()));
    const auto texts = std::static_pointer_cast<arrow::LargeStringArray>(cast.make_array());
    for (int64_t i = 0; i < texts->length(); ++i) {
      if (texts->IsValid(i))
        (*features)[start + static_cast<size_t>(i)].*column.member = texts->GetString(i);
    }
  }
  ARROW_ASSIGN_OR_RAISE(arrow::Datum cast,
                        arrow::compute::Cast(batch.GetColumnByName(kRecordedAt),
                                             arrow::timestamp(arrow::TimeUnit::MICRO),
                                             arrow::compute::CastOptions::Unsafe()));
  const auto moments = std::static_pointer_cast<arrow::TimestampArray>(cast.make_array());
  for (int64_t i = 0; i < moments->length(); ++i)
    (*features)[start + static_cast<size_t>(i)].recorded_at = moments->Value(i);
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::vector<PushedFeature>> ReadPushedFeatures(Storage& storage,
                                                             bool columns_for_push) {
  std::vector<PushedFeature> features;
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        storage.OpenTable(FeatureKey(kFeatureVersionsKey).table_name()));
  if (!table) return features;
  ScanRequest scan;
  scan.with_row_id = false;
  scan.columns.push_back({kRecordedAt});
  for (const TextColumn& column : TextColumns()) {
    if (!columns_for_push || column.decides) scan.columns.push_back({column.name});
  }
  for (const ColumnPath& path : scan.columns) {
    if (table->schema()->GetFieldIndex(path.column) >= 0) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "the system table '{}' has no column '{}'; it was written by an incompatible version",
            kFeatureVersionsKey, path.column));
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, table->Scan(scan));
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return features;
    ARROW_RETURN_NOT_OK(AppendRows(*batch, columns_for_push, &features));
  }
}

arrow::Status WritePushedFeatures(Storage& storage, const std::vector<PushedFeature>& features) {
  const auto rows = static_cast<int64_t>(features.size());
  const auto moment = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto schema = TableSchema();
  arrow::TimestampBuilder recorded_at(moment, arrow::default_memory_pool());
  for (const PushedFeature& feature : features)
    ARROW_RETURN_NOT_OK(recorded_at.Append(feature.recorded_at));
  arrow::ArrayVector columns(static_cast<size_t>(schema->num_fields()));
  const auto set = [&](const char* name, std::shared_ptr<arrow::Array> values) {
    columns[static_cast<size_t>(schema->GetFieldIndex(name))] = std::move(values);
  };
  for (const TextColumn& column : TextColumns()) {
    arrow::LargeStringBuilder builder;
    for (const PushedFeature& feature : features)
      ARROW_RETURN_NOT_OK(builder.Append(feature.*column.member));
    ARROW_ASSIGN_OR_RAISE(auto values, builder.Finish());
    set(column.name, std::move(values));
  }
  ARROW_ASSIGN_OR_RAISE(auto moments, recorded_at.Finish());
  set(kRecordedAt, std::move(moments));
  ARROW_ASSIGN_OR_RAISE(auto never, arrow::MakeArrayOfNull(moment, rows));
  set(kPushDeletedAt, std::move(never));
  const auto batch = arrow::RecordBatch::Make(schema, rows, std::move(columns));
  return AppendToTable(storage, FeatureKey(kFeatureVersionsKey).table_name(),
                       RowSource([&] { return arrow::RecordBatchReader::Make({batch}, schema); }));
}

}  // namespace metaxy::internal
