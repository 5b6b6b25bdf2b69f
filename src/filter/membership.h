// IN with the semantics of Polars.
#pragma once

#include <arrow/compute/api_scalar.h>
#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include "filter/operand.h"

namespace metaxy::internal {

/// \brief Whether `operand` is one of the values in `options`, as a condition that Arrow evaluates
/// without casting.
///
/// Values that the operand's type cannot hold are left out, because they never match. InvalidInput,
/// naming both sides, if Polars does not look for such values in such a column; it is stricter here
/// than with `=`.
arrow::Result<arrow::compute::Expression> IsIn(const Operand& operand,
                                               const arrow::compute::SetLookupOptions& options);

}  // namespace metaxy::internal
