// Filter evaluation over record batches.
//
// The semantics are those of the reference, which passes conditions to Polars:
// - three-valued logic; a row is kept only if the condition is true, not if it is null;
// - strings are ordered by their bytes;
// - NaN equals NaN and is greater than every other number; -0.0 equals 0.0;
// - integers are compared exactly, whatever their width and sign; an integer and a float are
// compared as doubles, but a literal takes the type of a float32 column;
// - in `x IN (...)` a null in the list is ignored, and a null in the column stays null;
// - false < true; a boolean compared with a number counts as 0 or 1, with a string as 'false' or
// 'true';
// - a date, time, timestamp or duration compared with a number counts as its number of units.
// What Polars refuses to compare (a string with a number, a string with a date, nested values) is
// InvalidInput.
#pragma once

#include <arrow/array/array_primitive.h>
#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

namespace metaxy::internal {

/// \brief The columns that a condition reads, by name, without duplicates, in the order of first
/// use. For a reference into a struct column, the name of that column.
std::vector<std::string> ReferencedColumns(const arrow::compute::Expression& condition);

/// \brief A condition prepared for batches of one schema. Thread-safe.
class BoundFilter {
 public:
  /// \brief Prepares `condition`: one parsed by ParseFilter(), or any other Arrow expression with a
  /// boolean result whose functions Arrow knows.
  ///
  /// InvalidInput if a column does not exist (naming the closest one), if two values cannot be
  /// compared, or if the result is not a condition.
  static arrow::Result<BoundFilter> Make(const arrow::compute::Expression& condition,
                                         std::shared_ptr<arrow::Schema> schema);

  /// \brief The value of the condition for every row: true, false or null.
  ///
  /// InvalidInput if the batch has a different schema than the filter.
  arrow::Result<std::shared_ptr<arrow::BooleanArray>> Evaluate(
      const arrow::RecordBatch& batch) const;

  /// \brief Whether each row is kept: the value of the condition with null replaced by false.
  arrow::Result<std::shared_ptr<arrow::BooleanArray>> Mask(const arrow::RecordBatch& batch) const;

  /// \brief The rows that are kept, in order. The batch itself if all of them are.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Apply(
      const std::shared_ptr<arrow::RecordBatch>& batch) const;

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

 private:
  BoundFilter(arrow::compute::Expression bound, std::shared_ptr<arrow::Schema> schema)
      : bound_(std::move(bound)), schema_(std::move(schema)) {}

  arrow::compute::Expression bound_;
  std::shared_ptr<arrow::Schema> schema_;
};

/// \brief BoundFilter::Evaluate() for a single batch.
arrow::Result<std::shared_ptr<arrow::BooleanArray>> EvaluateFilter(
    const arrow::compute::Expression& condition, const arrow::RecordBatch& batch);

}  // namespace metaxy::internal
