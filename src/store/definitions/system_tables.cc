#include "store/definitions/system_tables.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::internal {
namespace {

constexpr const char* kRecordedAt = "recorded_at";
constexpr const char* kPushDeletedAt = "deleted_at";
constexpr const char* kReading = "reading recorded definitions";

struct TextColumn {
  const char* name;
  std::string PushedFeature::* member;
  bool decides;  // whether a push reads it
};

// In the order of the stored table; recorded_at is before the spec, deleted_at at the end.
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
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO);
  arrow::FieldVector fields;
  for (const TextColumn& column : TextColumns()) {
    if (std::string_view(column.name) == "feature_spec")
      fields.push_back(arrow::field(kRecordedAt, timestamp));
    fields.push_back(arrow::field(column.name, arrow::large_utf8()));
  }
  fields.push_back(arrow::field(kPushDeletedAt, timestamp));
  return arrow::schema(std::move(fields));
}

arrow::Status AppendRows(const arrow::RecordBatch& batch, bool only_deciding,
                         std::vector<PushedFeature>* features) {
  const size_t start = features->size();
  features->resize(start + static_cast<size_t>(batch.num_rows()));
  for (const TextColumn& column : TextColumns()) {
    if (only_deciding && !column.decides) continue;
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
  const auto timestamps = std::static_pointer_cast<arrow::TimestampArray>(cast.make_array());
  for (int64_t i = 0; i < timestamps->length(); ++i)
    (*features)[start + static_cast<size_t>(i)].recorded_at = timestamps->Value(i);
  return arrow::Status::OK();
}

arrow::Status CheckColumns(const arrow::Schema& schema) {
  for (const TextColumn& column : TextColumns()) {
    if (schema.GetFieldIndex(column.name) >= 0) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "the system table '{}' has no column '{}'; it was written by an incompatible version",
            kFeatureVersionsKey, column.name));
  }
  if (schema.GetFieldIndex(kRecordedAt) >= 0) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("the system table '{}' has no column '{}'", kFeatureVersionsKey, kRecordedAt));
}

// The columns of the rows that decide which of them matter, and their ids.
struct DecidingRows {
  std::shared_ptr<const TableSnapshot> table;
  std::vector<PushedFeature> features;
  std::vector<uint64_t> row_ids;
};

arrow::Result<DecidingRows> ReadDecidingRows(Storage& storage, const Interrupt& interrupt) {
  DecidingRows rows;
  ARROW_RETURN_NOT_OK(interrupt.Check(kReading));
  ARROW_ASSIGN_OR_RAISE(rows.table, storage.OpenTable(PushedFeaturesTable()));
  if (!rows.table) return rows;
  ARROW_RETURN_NOT_OK(CheckColumns(*rows.table->schema()));
  ScanRequest scan;
  scan.columns.push_back({kRecordedAt});
  for (const TextColumn& column : TextColumns()) {
    if (column.decides) scan.columns.push_back({column.name});
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, rows.table->Scan(scan));
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check(kReading));
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) return rows;
    ARROW_RETURN_NOT_OK(AppendRows(*batch, /*only_deciding=*/true, &rows.features));
    const auto ids =
        std::static_pointer_cast<arrow::UInt64Array>(batch->GetColumnByName(kRowIdColumn));
    for (int64_t i = 0; i < ids->length(); ++i) rows.row_ids.push_back(ids->Value(i));
  }
}

}  // namespace

std::string PushedFeaturesTable() { return FeatureKey(kFeatureVersionsKey).table_name(); }

arrow::Result<std::vector<PushedFeature>> ReadPushedFeatures(Storage& storage,
                                                             const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(DecidingRows rows, ReadDecidingRows(storage, interrupt));
  return std::move(rows.features);
}

arrow::Result<std::vector<PushedFeature>> ReadChosenFeatures(
    Storage& storage,
    const std::function<std::vector<size_t>(const std::vector<PushedFeature>&)>& choose,
    const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(DecidingRows rows, ReadDecidingRows(storage, interrupt));
  std::vector<uint64_t> ids;
  for (const size_t position : choose(rows.features)) ids.push_back(rows.row_ids[position]);
  // After a compaction the scan order need not be that of the ids.
  std::sort(ids.begin(), ids.end());
  std::vector<PushedFeature> features;
  if (ids.empty()) return features;
  ARROW_RETURN_NOT_OK(interrupt.Check(kReading));
  std::vector<std::string> columns = {kRecordedAt};
  for (const TextColumn& column : TextColumns()) columns.emplace_back(column.name);
  ARROW_ASSIGN_OR_RAISE(const auto batch, rows.table->Take(ids, columns));
  ARROW_RETURN_NOT_OK(AppendRows(*batch, /*only_deciding=*/false, &features));
  return features;
}

arrow::Result<std::vector<PushedFeature>> ReadWholePushedFeatures(Storage& storage,
                                                                  const Interrupt& interrupt) {
  const auto all_of = [](const std::vector<PushedFeature>& rows) {
    std::vector<size_t> all(rows.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  };
  return ReadChosenFeatures(storage, all_of, interrupt);
}

arrow::Result<AppendResult> WritePushedFeatures(Storage& storage,
                                                const std::vector<PushedFeature>& features,
                                                const AppendOptions& options) {
  const auto rows = static_cast<int64_t>(features.size());
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto schema = TableSchema();
  arrow::TimestampBuilder recorded_at(timestamp, arrow::default_memory_pool());
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
  ARROW_ASSIGN_OR_RAISE(auto timestamps, recorded_at.Finish());
  set(kRecordedAt, std::move(timestamps));
  ARROW_ASSIGN_OR_RAISE(auto never, arrow::MakeArrayOfNull(timestamp, rows));
  set(kPushDeletedAt, std::move(never));
  const auto batch = arrow::RecordBatch::Make(schema, rows, std::move(columns));
  return AppendToTable(storage, PushedFeaturesTable(),
                       RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                         ARROW_RETURN_NOT_OK(options.interrupt.Check("recording definitions"));
                         return arrow::RecordBatchReader::Make({batch}, schema);
                       }),
                       options);
}

}  // namespace metaxy::internal
