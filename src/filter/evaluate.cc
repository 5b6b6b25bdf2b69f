#include "filter/evaluate.h"

#include <arrow/array/util.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/initialize.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "filter/condition.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;

// The name of the column at the root of a reference.
std::string RootName(const arrow::FieldRef& column) {
  if (const std::string* name = column.name()) return *name;
  const std::vector<arrow::FieldRef>* nested = column.nested_refs();
  if (nested != nullptr && !nested->empty()) return RootName(nested->front());
  return column.ToString();
}

}  // namespace

std::vector<std::string> ReferencedColumns(const Expression& condition) {
  std::vector<std::string> names;
  if (!condition.is_valid()) return names;
  for (const arrow::FieldRef& column : arrow::compute::FieldsInExpression(condition)) {
    std::string name = RootName(column);
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

arrow::Result<BoundFilter> BoundFilter::Make(const Expression& condition,
                                             std::shared_ptr<arrow::Schema> schema) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(Expression prepared, PrepareCondition(condition, *schema));
  ARROW_ASSIGN_OR_RAISE(Expression bound, prepared.Bind(*schema));
  ARROW_ASSIGN_OR_RAISE(bound, arrow::compute::FoldConstants(std::move(bound)));
  return BoundFilter(std::move(bound), std::move(schema));
}

arrow::Result<std::shared_ptr<arrow::BooleanArray>> BoundFilter::Evaluate(
    const arrow::RecordBatch& batch) const {
  if (!batch.schema()->Equals(*schema_, /*check_metadata=*/false)) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("a filter prepared for columns ({}) is used on a batch with different columns "
                    "({}) or types; prepare it for the batch's schema",
                    fmt::join(schema_->field_names(), ", "),
                    fmt::join(batch.schema()->field_names(), ", ")));
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum result, arrow::compute::ExecuteScalarExpression(
                                                       bound_, arrow::compute::ExecBatch(batch)));
  if (result.is_array()) return std::static_pointer_cast<arrow::BooleanArray>(result.make_array());
  ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(*result.scalar(), batch.num_rows()));
  return std::static_pointer_cast<arrow::BooleanArray>(std::move(array));
}

arrow::Result<std::shared_ptr<arrow::BooleanArray>> BoundFilter::Mask(
    const arrow::RecordBatch& batch) const {
  ARROW_ASSIGN_OR_RAISE(auto values, Evaluate(batch));
  if (values->null_count() == 0) return values;
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum mask,
                        arrow::compute::CallFunction(
                            "coalesce", {arrow::Datum(std::move(values)), arrow::Datum(false)}));
  return std::static_pointer_cast<arrow::BooleanArray>(mask.make_array());
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> BoundFilter::Apply(
    const std::shared_ptr<arrow::RecordBatch>& batch) const {
  ARROW_ASSIGN_OR_RAISE(const auto values, Evaluate(*batch));
  if (values->true_count() == batch->num_rows()) return batch;
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum kept,
                        arrow::compute::Filter(arrow::Datum(batch), arrow::Datum(values)));
  return kept.record_batch();
}

arrow::Result<std::shared_ptr<arrow::BooleanArray>> EvaluateFilter(
    const Expression& condition, const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const BoundFilter filter, BoundFilter::Make(condition, batch.schema()));
  return filter.Evaluate(batch);
}

}  // namespace metaxy::internal
