#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/expected_rows.h"

namespace metaxy::internal {
namespace {

class SampleRows final : public ExpectedRows {
 public:
  SampleRows(std::shared_ptr<arrow::RecordBatch> rows, KeyColumns keys,
             std::shared_ptr<arrow::LargeStringArray> provenance)
      : rows_(std::move(rows)),
        schema_(rows_->schema()),
        keys_(std::move(keys)),
        provenance_(std::move(provenance)) {}

  uint32_t num_rows() const override { return static_cast<uint32_t>(rows_->num_rows()); }
  const KeyColumns& keys() const override { return keys_; }
  uint32_t KeyRow(uint32_t row) const override { return row; }
  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  void Provenance(uint32_t row, RowProvenance* result) const override {
    HashText& whole = result->whole;
    whole.null = provenance_->IsNull(row);
    if (whole.null) return;
    const std::string_view text = provenance_->GetView(row);
    whole.size = static_cast<uint8_t>(text.copy(whole.data, sizeof whole.data));
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Materialize(
      std::span<const uint32_t> rows) const override {
    const arrow::UInt32Array indices(static_cast<int64_t>(rows.size()),
                                     arrow::Buffer::Wrap(rows.data(), rows.size()));
    ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                          arrow::compute::Take(rows_, arrow::Datum(indices.data())));
    return taken.record_batch();
  }

 private:
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::shared_ptr<arrow::Schema> schema_;
  KeyColumns keys_;
  std::shared_ptr<arrow::LargeStringArray> provenance_;
};

arrow::Result<std::shared_ptr<arrow::RecordBatch>> SetColumn(
    const std::shared_ptr<arrow::RecordBatch>& rows, std::string_view name,
    const std::shared_ptr<arrow::Array>& values) {
  const auto field = arrow::field(std::string(name), values->type());
  const int index = rows->schema()->GetFieldIndex(std::string(name));
  return index < 0 ? rows->AddColumn(rows->num_columns(), field, values)
                   : rows->SetColumn(index, field, values);
}

}  // namespace

arrow::Result<std::unique_ptr<ExpectedRows>> ExpectedFromSamples(
    const FeaturePlan& plan, std::shared_ptr<arrow::RecordBatch> samples, const RowHasher& hasher) {
  const std::shared_ptr<arrow::Array> by_field =
      samples->GetColumnByName(std::string(kProvenanceByField));
  if (!by_field) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("samples of feature '{}' need a column '{}', a struct with a "
                                 "member per field; they have: {}",
                                 plan.feature().key.ToString(), kProvenanceByField,
                                 fmt::join(samples->schema()->field_names(), ", ")));
  }
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  const std::vector<std::string> names = plan.join_columns();
  for (const std::string& name : names) {
    arrays.push_back(samples->GetColumnByName(name));
    if (arrays.back()) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("samples of feature '{}' lack the id column '{}'; they have: {}",
                                 plan.feature().key.ToString(), name,
                                 fmt::join(samples->schema()->field_names(), ", ")));
  }
  ARROW_ASSIGN_OR_RAISE(KeyColumns keys, KeyColumns::Make(std::move(arrays), names));
  ARROW_ASSIGN_OR_RAISE(auto provenance,
                        HashByField(plan.feature(), by_field, kProvenanceByField, hasher));
  ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kProvenance, provenance));
  if (!samples->GetColumnByName(std::string(kDataVersionByField))) {
    ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kDataVersionByField, by_field));
    ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kDataVersion, provenance));
  }
  return std::make_unique<SampleRows>(std::move(samples), std::move(keys), std::move(provenance));
}

}  // namespace metaxy::internal
