// IN with the semantics of Polars.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <memory>

#include "filter/operand.h"

namespace metaxy::internal {

/// \brief A value set of strings, which stand for values of the operand's type: the lines of a
/// file. Nulls are as in IN.
class LinesLookupOptions : public arrow::compute::SetLookupOptions {
 public:
  explicit LinesLookupOptions(const std::shared_ptr<arrow::Array>& lines)
      : SetLookupOptions(arrow::Datum(lines), SetLookupOptions::EMIT_NULL) {}
};

/// \brief Whether `operand` is one of the values in `options`, as a condition that Arrow evaluates
/// without casting.
///
/// Values that the operand's type cannot hold are left out, because they never match. InvalidInput,
/// naming both sides, if Polars does not look for such values in such a column; it is stricter here
/// than with `=`.
arrow::Result<arrow::compute::Expression> IsIn(const Operand& operand,
                                               const arrow::compute::SetLookupOptions& options);

}  // namespace metaxy::internal
