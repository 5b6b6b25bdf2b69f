// Comparison kernels with the semantics of Polars, built from Arrow's functions.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <optional>
#include <string_view>

#include "filter/operand.h"

namespace metaxy::internal {

enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

/// \brief The comparison performed by the Arrow function of this name.
std::optional<Comparison> ComparisonOf(std::string_view function);

/// \brief The same comparison with its sides swapped.
Comparison Mirrored(Comparison comparison);

/// \brief A condition that Arrow evaluates without implicit casts. InvalidInput, naming both sides,
/// if Polars does not compare such values.
arrow::Result<arrow::compute::Expression> Compare(Comparison comparison, const Operand& left,
                                                  const Operand& right);

}  // namespace metaxy::internal
