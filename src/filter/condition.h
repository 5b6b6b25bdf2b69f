// Filter binding: a user's condition as one that Arrow evaluates with the right semantics.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>
#include <arrow/type.h>

namespace metaxy::internal {

/// \brief The condition in terms that leave no choice to Arrow: exact types, NaN and NULL as
/// filter/evaluate.h says. Not bound yet. InvalidInput for everything that cannot be a condition on
/// `schema`.
arrow::Result<arrow::compute::Expression> PrepareCondition(
    const arrow::compute::Expression& condition, const arrow::Schema& schema);

}  // namespace metaxy::internal
