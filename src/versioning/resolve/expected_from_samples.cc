#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "columns/set_column.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/hash/provenance.h"
#include "versioning/resolve/batch_reader.h"
#include "versioning/resolve/expected_rows.h"

namespace metaxy::internal {
namespace {

class SampleRows final : public ExpectedRows {
 public:
  explicit SampleRows(std::shared_ptr<arrow::RecordBatch> rows)
      : rows_(std::move(rows)), schema_(rows_->schema()) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read(
      std::shared_ptr<const Outcome> outcome, const Tuples& rows,
      const ReadPlan& plan) const override {
    return std::make_shared<BatchReader>(
        schema_, rows.size(), plan,
        [samples = rows_, keep = std::move(outcome), &rows](
            size_t begin, size_t count) -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
          if (count == 0) return samples->Slice(0, 0);
          const arrow::UInt32Array positions(static_cast<int64_t>(count),
                                             arrow::Buffer::Wrap(rows.row(begin).data(), count));
          ARROW_ASSIGN_OR_RAISE(arrow::Datum taken,
                                arrow::compute::Take(samples, arrow::Datum(positions.data())));
          return taken.record_batch();
        });
  }

 private:
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::shared_ptr<const ExpectedRows> ExpectedFromSamples(
    std::shared_ptr<arrow::RecordBatch> samples) {
  return std::make_shared<SampleRows>(std::move(samples));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> CompleteSamples(
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
  for (const std::string& name : plan.join_columns()) {
    if (samples->GetColumnByName(name)) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("samples of feature '{}' lack the id column '{}'; they have: {}",
                                 plan.feature().key.ToString(), name,
                                 fmt::join(samples->schema()->field_names(), ", ")));
  }
  ARROW_ASSIGN_OR_RAISE(auto provenance,
                        HashByField(plan.feature(), by_field, kProvenanceByField, hasher));
  ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kProvenance, provenance));
  if (!samples->GetColumnByName(std::string(kDataVersionByField))) {
    ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kDataVersionByField, by_field));
    ARROW_ASSIGN_OR_RAISE(samples, SetColumn(samples, kDataVersion, provenance));
  }
  return samples;
}

}  // namespace metaxy::internal
