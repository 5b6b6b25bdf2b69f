// Literal values of filters.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace metaxy::internal {

/// \brief An integer of up to 128 bits and a sign. -0 is 0.
struct FilterInteger {
  __extension__ using Magnitude = unsigned __int128;

  Magnitude magnitude = 0;
  bool negative = false;
};

/// \brief NULL, true, 1, 1.5 or 'x'.
using FilterLiteral = std::variant<std::monostate, bool, FilterInteger, double, std::string>;

/// \brief Parses an unsigned number: an integer if it consists of digits, else a double, which may
/// be infinite as in Python. `std::nullopt` if it is neither, or an integer of more than 128 bits.
std::optional<FilterLiteral> ReadNumber(std::string_view text);

/// \brief The negated literal; true counts as 1. `std::nullopt` if it is not a number.
std::optional<FilterLiteral> Negate(const FilterLiteral& literal);

/// \brief Whether it is an integer that a signed 128-bit integer cannot hold.
bool IsTooLarge(const FilterLiteral& literal);

/// \brief The literal as an Arrow scalar: null, bool, int64, uint64 above that, decimal256 above
/// that, double or utf8.
arrow::compute::Expression ToExpression(const FilterLiteral& literal);

/// \brief The kind of a list of literals, taken from the first one that is not NULL, and whether
/// all others match it. A boolean matches numbers that precede it.
bool IsOfOneKind(const std::vector<FilterLiteral>& literals);

/// \brief The values of a list after IN, of one kind, as an Arrow array of the narrowest type that
/// ToExpression() would give all of them.
arrow::Result<std::shared_ptr<arrow::Array>> ToArray(const std::vector<FilterLiteral>& literals);

}  // namespace metaxy::internal
