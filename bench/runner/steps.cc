#include "steps.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/record_batch.h>
#include <metaxy/errors.h>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "generated_rows.h"

namespace metaxy::bench {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using ReaderPtr = std::shared_ptr<arrow::RecordBatchReader>;
using ComputeRows = std::function<arrow::Result<BatchPtr>(const BatchPtr&)>;

// What a pipeline's job computes from rows that are new or stale.
class ComputedRows final : public arrow::RecordBatchReader {
 public:
  ComputedRows(ReaderPtr input, std::shared_ptr<arrow::Schema> schema, ComputeRows compute)
      : input_(std::move(input)), schema_(std::move(schema)), compute_(std::move(compute)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(BatchPtr* batch) override {
    BatchPtr rows;
    ARROW_RETURN_NOT_OK(input_->ReadNext(&rows));
    *batch = nullptr;
    if (rows == nullptr) return arrow::Status::OK();
    return compute_(rows).Value(batch);
  }

 private:
  ReaderPtr input_;
  std::shared_ptr<arrow::Schema> schema_;
  ComputeRows compute_;
};

arrow::Result<BatchPtr> TakeRows(const BatchPtr& batch, const std::vector<int64_t>& rows) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(rows));
  ARROW_ASSIGN_OR_RAISE(auto indices, builder.Finish());
  ARROW_ASSIGN_OR_RAISE(arrow::Datum taken, arrow::compute::Take(batch, indices));
  return taken.record_batch();
}

// One row of each group: the aggregate.
ReaderPtr OneRowPerValue(ReaderPtr input, const std::string& column) {
  auto schema = input->schema();
  auto seen = std::make_shared<std::unordered_set<std::string>>();
  return std::make_shared<ComputedRows>(
      std::move(input), schema, [seen, column](const BatchPtr& batch) -> arrow::Result<BatchPtr> {
        auto values = batch->GetColumnByName(column);
        if (values == nullptr) {
          return MakeError(ErrorCode::kInvalidInput,
                           "the increment has no column '" + column + "'");
        }
        std::vector<int64_t> first;
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          ARROW_ASSIGN_OR_RAISE(auto value, values->GetScalar(row));
          if (seen->insert(value->ToString()).second) first.push_back(row);
        }
        return TakeRows(batch, first);
      });
}

// Each row becomes `count` rows with a column `part`.
ReaderPtr Expanded(ReaderPtr input, int64_t count) {
  auto fields = input->schema()->fields();
  fields.push_back(arrow::field("part", arrow::int64()));
  auto schema = arrow::schema(fields);
  return std::make_shared<ComputedRows>(
      std::move(input), schema, [schema, count](const BatchPtr& batch) -> arrow::Result<BatchPtr> {
        std::vector<int64_t> rows;
        arrow::Int64Builder parts;
        for (int64_t i = 0; i < batch->num_rows() * count; ++i) {
          rows.push_back(i / count);
          ARROW_RETURN_NOT_OK(parts.Append(i % count));
        }
        ARROW_ASSIGN_OR_RAISE(BatchPtr taken, TakeRows(batch, rows));
        auto columns = taken->columns();
        ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), parts.Finish());
        return arrow::RecordBatch::Make(schema, taken->num_rows(), std::move(columns));
      });
}

arrow::Status Update(MetadataStore& store, const FeatureKey& feature, const Step& step) {
  ARROW_ASSIGN_OR_RAISE(auto increment,
                        store.ResolveUpdateLazy(feature, {.delta = DeltaMode::kOff}));
  const auto write = [&](int64_t count, arrow::Result<ReaderPtr> rows) -> arrow::Status {
    if (count == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(ReaderPtr reader, std::move(rows));
    if (!step.distinct.empty()) reader = OneRowPerValue(std::move(reader), step.distinct);
    if (step.expand > 0) reader = Expanded(std::move(reader), step.expand);
    return store.Write(feature, std::move(reader));
  };
  ARROW_RETURN_NOT_OK(write(increment->counts().new_samples, increment->new_samples()));
  return write(increment->counts().stale, increment->stale());
}

// Rows `first`, `first` + `every`, ...
arrow::Result<std::shared_ptr<arrow::Table>> EveryRow(const std::shared_ptr<arrow::Table>& rows,
                                                      int64_t first, int64_t every) {
  arrow::Int64Builder indices;
  for (int64_t row = first; row < rows->num_rows(); row += every) {
    ARROW_RETURN_NOT_OK(indices.Append(row));
  }
  ARROW_ASSIGN_OR_RAISE(auto taken, indices.Finish());
  ARROW_ASSIGN_OR_RAISE(arrow::Datum result, arrow::compute::Take(rows, taken));
  return result.table();
}

arrow::Status Fail(MetadataStore& store, const FeatureKey& feature, const Step& step) {
  ARROW_ASSIGN_OR_RAISE(Increment increment,
                        store.ResolveUpdate(feature, {.delta = DeltaMode::kOff}));
  ARROW_ASSIGN_OR_RAISE(auto failed, EveryRow(increment.new_samples, 0, step.every));
  ARROW_RETURN_NOT_OK(store.failures().Record(
      feature, failed, {.kind = "decode", .message = "the file ends in the middle of a frame"}));
  for (int64_t first = 1; first < step.every; ++first) {
    ARROW_ASSIGN_OR_RAISE(auto computed, EveryRow(increment.new_samples, first, step.every));
    ARROW_RETURN_NOT_OK(store.Write(feature, computed));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status AppendInWrites(MetadataStore& store, const FeatureKey& feature,
                             const std::shared_ptr<arrow::Table>& rows, int64_t writes) {
  const int64_t size = std::max<int64_t>(rows->num_rows() / std::max<int64_t>(writes, 1), 1);
  for (int64_t row = 0; row < rows->num_rows(); row += size) {
    ARROW_RETURN_NOT_OK(store.Write(feature, rows->Slice(row, size)));
  }
  return arrow::Status::OK();
}

arrow::Status CarryOut(MetadataStore& store, const Case& bench_case, const std::vector<Step>& steps,
                       int64_t rows) {
  for (const Step& step : steps) {
    ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(step.feature));
    const FeatureKey& key = feature->spec.key;
    if (step.verb == "update") {
      ARROW_RETURN_NOT_OK(Update(store, key, step));
    } else if (step.verb == "fail") {
      ARROW_RETURN_NOT_OK(Fail(store, key, step));
    } else if (step.verb == "append") {
      ARROW_ASSIGN_OR_RAISE(auto table, GenerateTable(*feature, step, rows));
      ARROW_RETURN_NOT_OK(AppendInWrites(store, key, table, step.writes));
    } else if (step.verb == "write") {
      ARROW_ASSIGN_OR_RAISE(auto reader, GenerateRows(*feature, step, rows));
      ARROW_RETURN_NOT_OK(store.Write(key, std::move(reader)));
    } else {
      return MakeError(ErrorCode::kInvalidInput,
                       "cases.json: '" + step.verb + "' is not a step that prepares a store");
    }
  }
  return arrow::Status::OK();
}

}  // namespace metaxy::bench
