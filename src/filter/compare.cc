#include "filter/compare.h"

#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "filter/integers.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

using arrow::compute::call;
using arrow::compute::Expression;

constexpr std::array<std::string_view, 6> kFunctions = {"equal",      "not_equal", "less",
                                                        "less_equal", "greater",   "greater_equal"};

// The maximum number of digits in Arrow.
constexpr int32_t kWidestDecimal = 76;

bool IsTemporal(ValueKind kind) {
  return kind == ValueKind::kDate || kind == ValueKind::kTimestamp || kind == ValueKind::kTime ||
         kind == ValueKind::kDuration;
}

bool IsNumber(ValueKind kind) {
  return kind == ValueKind::kInteger || kind == ValueKind::kFloat || kind == ValueKind::kDecimal;
}

Expression Plainly(Comparison comparison, const Operand& left, const Operand& right) {
  return call(std::string(kFunctions[static_cast<size_t>(comparison)]),
              {left.expression, right.expression});
}

bool HasZone(const Operand& operand) {
  return operand.type->id() == arrow::Type::TIMESTAMP &&
         !static_cast<const arrow::TimestampType&>(*operand.type).timezone().empty();
}

std::string Remedy(const Operand& left, const Operand& right) {
  const auto any = [&](auto holds) {
    return holds(Plain(left).kind()) || holds(Plain(right).kind());
  };
  const bool text = any([](ValueKind kind) { return kind == ValueKind::kText; });
  if (any([](ValueKind kind) { return kind == ValueKind::kOther; })) {
    return "such values support only IS NULL and IS NOT NULL";
  }
  if (text && any([](ValueKind kind) { return kind == ValueKind::kDate; }))
    return "write DATE '2024-01-31'";
  if (text && any([](ValueKind kind) { return kind == ValueKind::kTimestamp; })) {
    const bool zone = HasZone(left) || HasZone(right);
    return fmt::format("write TIMESTAMP '2024-01-31 12:00:00{}'", zone ? "Z" : "");
  }
  if (text && any(IsTemporal)) {
    return "filters have no literals for times of day and durations; compare with another column, "
           "or build the filter with an Arrow literal of that type";
  }
  if (text && any(IsNumber)) {
    const Operand& literal = left.is_literal() ? left : right;
    if (literal.is_literal() && IsNumber(literal.kind())) return "write the value in quotes";
    if (literal.is_literal()) return "write the number without quotes";
  }
  if (left.kind() == ValueKind::kTimestamp && right.kind() == ValueKind::kTimestamp) {
    return "one of them has a time zone, the other has none; write Z after it for UTC";
  }
  return "both sides need values of the same kind";
}

arrow::Status Incomparable(const Operand& left, const Operand& right) {
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("cannot compare {} with {}; {}", left.description, right.description,
                               Remedy(left, right)));
}

// ---- numbers

// The result, for every row, of a comparison with a literal beyond the range of the other side's
// type.
bool ResultOutside(Comparison comparison, int outside) {
  switch (comparison) {
    case Comparison::kEqual:
      return false;
    case Comparison::kNotEqual:
      return true;
    case Comparison::kLess:
    case Comparison::kLessEqual:
      return outside > 0;
    default:
      return outside < 0;
  }
}

bool IsSigned(const Operand& operand) { return arrow::is_signed_integer(operand.type->id()); }

int BitWidth(const Operand& operand) {
  return static_cast<const arrow::FixedWidthType&>(*operand.type).bit_width();
}

Expression CompareDecimals(Comparison comparison, const Operand& left, const Operand& right) {
  if (left.type->Equals(*right.type)) return Plainly(comparison, left, right);
  int32_t scale = 0;
  for (const Operand* operand : {&left, &right}) {
    if (operand->kind() != ValueKind::kDecimal) continue;
    scale = std::max(scale, static_cast<const arrow::DecimalType&>(*operand->type).scale());
  }
  const auto type = arrow::decimal256(kWidestDecimal, scale);
  return Plainly(comparison, CastOperand(left, type), CastOperand(right, type));
}

Expression CompareIntegers(Comparison comparison, const Operand& left, const Operand& right) {
  if (left.type->Equals(*right.type)) return Plainly(comparison, left, right);
  if (right.is_literal()) {
    const Int128 value = IntegerOf(*right.literal);
    const int outside = OutsideOf(value, *left.type);
    if (outside != 0)
      return ConstantWhereValid(left.expression, ResultOutside(comparison, outside));
    return Plainly(comparison, left, LiteralOperand(IntegerScalar(value, left.type)));
  }
  if (IsSigned(left) == IsSigned(right)) {
    const auto& wider = BitWidth(left) > BitWidth(right) ? left.type : right.type;
    return Plainly(comparison, CastOperand(left, wider), CastOperand(right, wider));
  }
  const Operand& without_sign = IsSigned(left) ? right : left;
  if (BitWidth(without_sign) < 64) {
    return Plainly(comparison, CastOperand(left, arrow::int64()),
                   CastOperand(right, arrow::int64()));
  }
  return CompareDecimals(comparison, left, right);
}

// The nearest float, without an intermediate type that would round twice.
template <class Float, class Scalar>
Operand ParsedFloat(const std::string& digits) {
  Float value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return LiteralOperand(std::make_shared<Scalar>(value));
}

Operand AsFloat(const Operand& operand, const std::shared_ptr<arrow::DataType>& type) {
  if (!operand.is_literal() || !arrow::is_decimal(operand.type->id()))
    return CastOperand(operand, type);
  const std::string digits = operand.literal->ToString();
  return type->id() == arrow::Type::FLOAT ? ParsedFloat<float, arrow::FloatScalar>(digits)
                                          : ParsedFloat<double, arrow::DoubleScalar>(digits);
}

bool IsNanLiteral(const Operand& operand) {
  if (operand.type->id() == arrow::Type::FLOAT) {
    return std::isnan(static_cast<const arrow::FloatScalar&>(*operand.literal).value);
  }
  return std::isnan(static_cast<const arrow::DoubleScalar&>(*operand.literal).value);
}

Expression TotalLess(const Operand& left, const Operand& right) {
  const Expression below_nan = call("and", {call("invert", {call("is_nan", {left.expression})}),
                                            call("is_nan", {right.expression})});
  return call("or", {Plainly(Comparison::kLess, left, right), below_nan});
}

// NaN is the greatest number and equal to itself; in Arrow it is neither.
Expression CompareTotally(Comparison comparison, const Operand& left, const Operand& right) {
  switch (comparison) {
    case Comparison::kEqual: {
      const Expression both_nan =
          call("and", {call("is_nan", {left.expression}), call("is_nan", {right.expression})});
      return call("or", {Plainly(comparison, left, right), both_nan});
    }
    case Comparison::kNotEqual:
      return call("invert", {CompareTotally(Comparison::kEqual, left, right)});
    case Comparison::kLess:
      return TotalLess(left, right);
    case Comparison::kGreater:
      return TotalLess(right, left);
    case Comparison::kLessEqual:
      return call("invert", {TotalLess(right, left)});
    default:
      return call("invert", {TotalLess(left, right)});
  }
}

Expression CompareFloats(Comparison comparison, const Operand& left, const Operand& right) {
  // A literal takes the type of a float column; integers and decimals become doubles.
  const bool is_float_column = left.kind() == ValueKind::kFloat && !left.is_literal();
  const bool same = left.type->Equals(*right.type);
  const auto type = same || (is_float_column && right.is_literal()) ? left.type : arrow::float64();
  const Operand x = AsFloat(left, type);
  const Operand y = AsFloat(right, type);
  if (!y.is_literal() || IsNanLiteral(y)) return CompareTotally(comparison, x, y);
  // Compared with a number, only those comparisons differ from Arrow's that NaN satisfies as the
  // greatest number.
  if (comparison == Comparison::kGreater)
    return call("invert", {Plainly(Comparison::kLessEqual, x, y)});
  if (comparison == Comparison::kGreaterEqual)
    return call("invert", {Plainly(Comparison::kLess, x, y)});
  return Plainly(comparison, x, y);
}

Expression CompareNumbers(Comparison comparison, const Operand& left, const Operand& right) {
  const auto either = [&](ValueKind kind) { return left.kind() == kind || right.kind() == kind; };
  if (either(ValueKind::kFloat)) return CompareFloats(comparison, left, right);
  if (either(ValueKind::kDecimal)) return CompareDecimals(comparison, left, right);
  return CompareIntegers(comparison, left, right);
}

// ---- strings and times

Expression CompareBytes(Comparison comparison, const Operand& left, const Operand& right) {
  if (left.type->Equals(*right.type)) return Plainly(comparison, left, right);
  const bool text = left.kind() == ValueKind::kText && right.kind() == ValueKind::kText;
  const auto is_large = [](const Operand& operand) {
    return operand.type->id() == arrow::Type::LARGE_STRING ||
           operand.type->id() == arrow::Type::LARGE_BINARY;
  };
  // A literal is converted to the type of its column, so that no column is converted.
  const bool large = right.is_literal() ? is_large(left) : is_large(left) || is_large(right);
  const auto type = text ? (large ? arrow::large_utf8() : arrow::utf8())
                         : (large ? arrow::large_binary() : arrow::binary());
  return Plainly(comparison, CastOperand(left, type), CastOperand(right, type));
}

arrow::TimeUnit::type UnitOf(const Operand& operand) {
  switch (operand.kind()) {
    case ValueKind::kTimestamp:
      return static_cast<const arrow::TimestampType&>(*operand.type).unit();
    case ValueKind::kDuration:
      return static_cast<const arrow::DurationType&>(*operand.type).unit();
    default:
      return arrow::TimeUnit::SECOND;
  }
}

std::string ZoneOf(const Operand& operand) {
  if (operand.kind() != ValueKind::kTimestamp) return "";
  return static_cast<const arrow::TimestampType&>(*operand.type).timezone();
}

arrow::Result<Expression> CompareTimes(Comparison comparison, const Operand& left,
                                       const Operand& right) {
  if (left.type->Equals(*right.type)) return Plainly(comparison, left, right);
  const auto both = [&](ValueKind kind) { return left.kind() == kind && right.kind() == kind; };
  const auto finer = std::max(UnitOf(left), UnitOf(right));
  std::shared_ptr<arrow::DataType> type;
  if (both(ValueKind::kTime)) {
    type = arrow::time64(arrow::TimeUnit::NANO);
  } else if (both(ValueKind::kDuration)) {
    type = arrow::duration(finer);
  } else {
    const auto has_day = [](const Operand& operand) {
      return operand.kind() == ValueKind::kDate || operand.kind() == ValueKind::kTimestamp;
    };
    if (!has_day(left) || !has_day(right)) return Incomparable(left, right);
    if (both(ValueKind::kTimestamp) && ZoneOf(left).empty() != ZoneOf(right).empty())
      return Incomparable(left, right);
    // A date is midnight UTC at its start.
    type = arrow::timestamp(finer, ZoneOf(left).empty() ? ZoneOf(right) : ZoneOf(left));
  }
  return Plainly(comparison, CastOperand(left, type), CastOperand(right, type));
}

// A value compared with one of a different kind, as in Polars.
Operand AdaptTo(const Operand& operand, const Operand& other) {
  const ValueKind kind = operand.kind();
  const ValueKind beside = other.kind();
  if (kind == ValueKind::kBoolean && beside == ValueKind::kInteger)
    return CastOperand(operand, arrow::int64());
  if (kind == ValueKind::kBoolean && beside == ValueKind::kFloat)
    return CastOperand(operand, arrow::float64());
  const bool printable = kind == ValueKind::kBoolean || kind == ValueKind::kDecimal;
  if (printable && beside == ValueKind::kText) return CastOperand(operand, other.type);
  const bool number = beside == ValueKind::kInteger || beside == ValueKind::kFloat;
  return IsTemporal(kind) && number ? CountUnits(operand) : operand;
}

}  // namespace

std::optional<Comparison> ComparisonOf(std::string_view function) {
  const auto* found = std::find(kFunctions.begin(), kFunctions.end(), function);
  if (found == kFunctions.end()) return std::nullopt;
  return static_cast<Comparison>(found - kFunctions.begin());
}

Comparison Mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessEqual:
      return Comparison::kGreaterEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterEqual:
      return Comparison::kLessEqual;
    default:
      return comparison;
  }
}

arrow::Result<Expression> Compare(Comparison comparison, const Operand& left,
                                  const Operand& right) {
  if (left.is_literal() && !right.is_literal()) return Compare(Mirrored(comparison), right, left);
  const auto is_null = [](const Operand& operand) {
    return operand.kind() == ValueKind::kNull ||
           (operand.is_literal() && !operand.literal->is_valid);
  };
  if (is_null(left) || is_null(right)) return NullCondition();
  // Polars prints booleans and decimals to compare them with strings, but not with categories, as
  // which it treats dictionaries.
  const auto is_category = [](const Operand& operand) {
    return operand.type->id() == arrow::Type::DICTIONARY;
  };
  const auto is_text = [](const Operand& operand) {
    return Plain(operand).kind() == ValueKind::kText;
  };
  if ((is_category(left) && is_text(left) && !is_text(right)) ||
      (is_category(right) && is_text(right) && !is_text(left))) {
    return Incomparable(left, right);
  }
  const Operand plain_left = Plain(left);
  const Operand plain_right = Plain(right);
  const Operand x = AdaptTo(plain_left, plain_right);
  const Operand y = AdaptTo(plain_right, plain_left);
  const auto both = [&](auto holds) { return holds(x.kind()) && holds(y.kind()); };
  if (both(IsNumber)) return CompareNumbers(comparison, x, y);
  if (both([](ValueKind kind) { return kind == ValueKind::kText || kind == ValueKind::kBinary; })) {
    return CompareBytes(comparison, x, y);
  }
  if (both([](ValueKind kind) { return kind == ValueKind::kBoolean; }))
    return Plainly(comparison, x, y);
  if (both(IsTemporal)) {
    auto compared = CompareTimes(comparison, x, y);
    return compared.ok() ? compared : Incomparable(left, right);
  }
  return Incomparable(left, right);
}

}  // namespace metaxy::internal
