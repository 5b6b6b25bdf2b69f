// Literal values of filters.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/compute/expression.h>
#include <arrow/result.h>
#include <arrow/scalar.h>

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

/// \brief A date or a timestamp, as a scalar of type date32 or timestamp.
struct FilterTime {
  std::shared_ptr<arrow::Scalar> scalar;
};

/// \brief NULL, true, 1, 1.5, 'x' or DATE '2024-01-31'.
using FilterLiteral =
    std::variant<std::monostate, bool, FilterInteger, double, std::string, FilterTime>;

/// \brief Parses the text of DATE '2024-01-31' (`type` is "DATE") or of TIMESTAMP '2024-01-31
/// 01:02:03.5+01:00': in UTC with an offset or Z, without a time zone otherwise; in microseconds,
/// or in nanoseconds with more than six digits of a second. `std::nullopt` if it is not valid.
std::optional<FilterLiteral> ReadTime(std::string_view type, std::string_view text);

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
