#include "cli/input/stored_columns.h"

#include <string>
#include <utility>

#include "cli/signals.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

// Without columns if there is no table. No rows are read.
arrow::Result<std::shared_ptr<arrow::Schema>> StoredSchema(MetadataStore& store,
                                                           const FeatureKey& feature) {
  ReadOptions everything;
  everything.execution.stop_token = SignalStopToken();
  ARROW_ASSIGN_OR_RAISE(const bool exists,
                        store.HasFeature(feature, /*check_fallback=*/false, everything.execution));
  if (!exists) return arrow::schema({});
  everything.allow_fallback = false;
  everything.with_feature_history = true;
  everything.with_sample_history = true;
  everything.include_soft_deleted = true;
  ARROW_ASSIGN_OR_RAISE(const auto rows, store.Read(feature, everything));
  return rows->schema();
}

}  // namespace

arrow::Status UseStoredColumns(MetadataStore& store, const FeatureKey& feature,
                               FrameSource* source) {
  if (!source->is_text() || source->is_empty_text()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto schema, StoredSchema(store, feature));
  return source->SetStoredTypes(*schema);
}

arrow::Result<std::shared_ptr<arrow::Table>> NoSamples(MetadataStore& store,
                                                       const FeaturePlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const auto stored, StoredSchema(store, plan.feature().key));
  arrow::FieldVector fields;
  for (const std::string& name : plan.join_columns()) {
    const auto field = stored->GetFieldByName(name);
    fields.push_back(arrow::field(name, field == nullptr ? arrow::large_utf8() : field->type()));
  }
  arrow::FieldVector members;
  for (const FieldSpec& field : plan.feature().fields)
    members.push_back(arrow::field(field.key.ToStructKey(), arrow::large_utf8()));
  fields.push_back(arrow::field(std::string(kProvenanceByField), arrow::struct_(members)));
  return arrow::Table::MakeEmpty(arrow::schema(std::move(fields)));
}

}  // namespace metaxy::cli
