// Operands of a comparison: the kinds of their values, and their conversion to a common type.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

/// \brief Types that are compared in the same way.
enum class ValueKind {
  kNull,  ///< A column without a type: all of its values are null.
  kBoolean,
  kInteger,
  kFloat,
  kDecimal,
  kText,
  kBinary,
  kDate,
  kTimestamp,
  kTime,
  kDuration,
  kOther,  ///< Nested values and everything else that supports only IS NULL.
};

ValueKind KindOf(const arrow::DataType& type);

/// \brief A value for every row: a column, a literal, or the result of a function.
struct Operand {
  arrow::compute::Expression expression;
  std::shared_ptr<arrow::DataType> type;
  /// The value if it is a literal, of type `type`; else null.
  std::shared_ptr<arrow::Scalar> literal;
  /// For messages: "column 'n' of type int64", "the string 'abc'".
  std::string description;

  /// The kind of `type`, but kInteger for a literal beyond 64 bits, which only decimals can hold.
  ValueKind kind() const;
  bool is_literal() const { return literal != nullptr; }
};

/// \brief A literal as an operand.
Operand LiteralOperand(std::shared_ptr<arrow::Scalar> scalar);

/// \brief The operand with its values in the simplest representation: dictionaries, views,
/// extension types and fixed sizes unpacked, half floats as floats, date64 as timestamps (as in
/// Polars).
Operand Plain(Operand operand);

/// \brief The operand as `type`. Values that do not fit wrap around or are truncated: the caller
/// must be aware of this.
Operand CastOperand(const Operand& operand, std::shared_ptr<arrow::DataType> type);

/// \brief A date, time, timestamp or duration as its number of units in Polars.
Operand CountUnits(const Operand& operand);

/// \brief A condition with this value wherever `expression` is not null, and null elsewhere.
arrow::compute::Expression ConstantWhereValid(const arrow::compute::Expression& expression,
                                              bool value);

/// \brief The condition that is null for every row.
arrow::compute::Expression NullCondition();

}  // namespace metaxy::internal
