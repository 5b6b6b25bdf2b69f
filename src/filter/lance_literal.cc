#include "filter/lance_literal.h"

#include <arrow/compute/cast.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string_view>

#include "filter/integers.h"
#include "filter/operand.h"

namespace metaxy::internal {

namespace {

// Between single quotes only a single quote has a special meaning. A NUL is refused: some layer
// might end the string there.
std::optional<std::string> QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\0') return std::nullopt;
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::optional<std::string> IntegerLiteral(const arrow::Scalar& scalar,
                                          const arrow::DataType& column) {
  const Int128 value = IntegerOf(scalar);
  // Lance parses the digits without their sign first, and the least int64 has no positive
  // counterpart.
  if (OutsideOf(value, column) != 0 || value == std::numeric_limits<int64_t>::min())
    return std::nullopt;
  if (value < 0) return fmt::format("{}", static_cast<int64_t>(value));
  return fmt::format("{}", static_cast<uint64_t>(value));
}

const char* UnitName(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return "Second";
    case arrow::TimeUnit::MILLI:
      return "Millisecond";
    case arrow::TimeUnit::MICRO:
      return "Microsecond";
    default:
      return "Nanosecond";
  }
}

// There is no literal for a timestamp with a time zone; a cast of a number is exact for all of
// them.
std::optional<std::string> TimestampLiteral(const arrow::Scalar& scalar,
                                            const arrow::TimestampType& column) {
  if (!scalar.type->Equals(column)) return std::nullopt;
  if (!column.timezone().empty() && column.timezone() != "UTC") return std::nullopt;
  const int64_t value = static_cast<const arrow::TimestampScalar&>(scalar).value;
  if (value == std::numeric_limits<int64_t>::min()) return std::nullopt;
  return fmt::format("arrow_cast({}, 'Timestamp({}, {})')", value, UnitName(column.unit()),
                     column.timezone().empty() ? "None" : "Some(\"UTC\")");
}

double AsDouble(const arrow::Scalar& scalar) {
  if (scalar.type->id() == arrow::Type::FLOAT)
    return static_cast<const arrow::FloatScalar&>(scalar).value;
  return static_cast<const arrow::DoubleScalar&>(scalar).value;
}

}  // namespace

std::optional<std::string> LanceLiteral(const arrow::Scalar& scalar,
                                        const arrow::DataType& column) {
  const ValueKind kind = KindOf(*scalar.type);
  switch (column.id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      if (kind != ValueKind::kText) return std::nullopt;
      return QuoteText(static_cast<const arrow::BaseBinaryScalar&>(scalar).view());
    case arrow::Type::BOOL:
      if (kind != ValueKind::kBoolean) return std::nullopt;
      return static_cast<const arrow::BooleanScalar&>(scalar).value ? "TRUE" : "FALSE";
    case arrow::Type::DATE32:
      if (scalar.type->id() != arrow::Type::DATE32) return std::nullopt;
      return fmt::format("arrow_cast({}, 'Date32')",
                         static_cast<const arrow::Date32Scalar&>(scalar).value);
    case arrow::Type::TIMESTAMP:
      return TimestampLiteral(scalar, static_cast<const arrow::TimestampType&>(column));
    default:
      if (kind != ValueKind::kInteger || !arrow::is_integer(column.id())) return std::nullopt;
      return IntegerLiteral(scalar, column);
  }
}

std::optional<std::string> LanceFloatLiteral(const arrow::Scalar& scalar,
                                             const arrow::DataType& column, bool exact) {
  const ValueKind kind = KindOf(*scalar.type);
  if (scalar.type->id() == arrow::Type::HALF_FLOAT || column.id() == arrow::Type::HALF_FLOAT)
    return std::nullopt;
  if (kind != ValueKind::kInteger && kind != ValueKind::kFloat) return std::nullopt;
  const auto rounded =
      arrow::compute::Cast(arrow::Datum(scalar.GetSharedPtr()),
                           arrow::compute::CastOptions::Unsafe(column.GetSharedPtr()));
  if (!rounded.ok()) return std::nullopt;
  const double value = AsDouble(*rounded->scalar());
  if (!std::isfinite(value)) return std::nullopt;
  if (exact && (kind != ValueKind::kFloat || AsDouble(scalar) != value)) return std::nullopt;
  if (value == 0) return "0.0";
  // The digits of the double: Lance may compare a float column as doubles.
  std::string digits = fmt::format("{}", value);
  if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
  return digits;
}

}  // namespace metaxy::internal
