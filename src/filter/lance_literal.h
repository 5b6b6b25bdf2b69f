// Literals in Lance's SQL dialect.
#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <optional>
#include <string>

namespace metaxy::internal {

/// \brief A valid scalar as a literal that Lance reads as a value of exactly the type `column`, if
/// both types are compared as equal types: strings, booleans, integers in the range of the column,
/// dates and timestamps of the column's unit. Not for floats.
std::optional<std::string> LanceLiteral(const arrow::Scalar& scalar, const arrow::DataType& column);

/// \brief A number as a literal for a float column: rounded to the column's type, or with `exact`
/// only if rounding changes nothing. Zero is "0.0" whatever its sign. `std::nullopt` for NaN and
/// the infinities, which have no literals.
std::optional<std::string> LanceFloatLiteral(const arrow::Scalar& scalar,
                                             const arrow::DataType& column, bool exact = false);

}  // namespace metaxy::internal
