#include "filter/operand.h"

#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <fmt/format.h>

#include <utility>

#include "base/quote.h"
#include "filter/integers.h"

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;

std::string DescribeLiteral(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return "NULL";
  switch (KindOf(*scalar.type)) {
    case ValueKind::kText:
      return "the string " + Quote(static_cast<const arrow::BaseBinaryScalar&>(scalar).view());
    case ValueKind::kBoolean:
      return "the boolean " + scalar.ToString();
    case ValueKind::kInteger:
    case ValueKind::kFloat:
    case ValueKind::kDecimal:
      return "the number " + scalar.ToString();
    default:
      return fmt::format("the {} {}", scalar.type->ToString(), scalar.ToString());
  }
}

std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::DICTIONARY:
      return PlainType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::EXTENSION:
      return PlainType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    case arrow::Type::STRING_VIEW:
      return arrow::large_utf8();
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return arrow::large_binary();
    case arrow::Type::HALF_FLOAT:
      return arrow::float32();
    case arrow::Type::DATE64:
      return arrow::timestamp(arrow::TimeUnit::MILLI);
    default:
      return type;
  }
}

}  // namespace

ValueKind KindOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return ValueKind::kNull;
    case arrow::Type::BOOL:
      return ValueKind::kBoolean;
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return ValueKind::kFloat;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return ValueKind::kText;
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return ValueKind::kBinary;
    case arrow::Type::DATE32:
      return ValueKind::kDate;
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
      return ValueKind::kTimestamp;
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return ValueKind::kTime;
    case arrow::Type::DURATION:
      return ValueKind::kDuration;
    default:
      if (arrow::is_integer(type.id())) return ValueKind::kInteger;
      return arrow::is_decimal(type.id()) ? ValueKind::kDecimal : ValueKind::kOther;
  }
}

ValueKind Operand::kind() const {
  const ValueKind kind = KindOf(*type);
  const bool wide = kind == ValueKind::kDecimal && is_literal() && type->Equals(*WideIntegerType());
  return wide ? ValueKind::kInteger : kind;
}

Operand LiteralOperand(std::shared_ptr<arrow::Scalar> scalar) {
  Operand operand{.expression = arrow::compute::literal(arrow::Datum(scalar)),
                  .type = scalar->type,
                  .literal = nullptr,
                  .description = DescribeLiteral(*scalar)};
  operand.literal = std::move(scalar);
  return operand;
}

Operand Plain(Operand operand) {
  std::shared_ptr<arrow::DataType> plain = PlainType(operand.type);
  if (plain->id() == operand.type->id()) return operand;
  return CastOperand(operand, std::move(plain));
}

Operand CastOperand(const Operand& operand, std::shared_ptr<arrow::DataType> type) {
  if (operand.type->Equals(*type)) return operand;
  Operand result = operand;
  const auto options = arrow::compute::CastOptions::Unsafe(type);
  if (operand.is_literal()) {
    // A literal that cannot be cast stays an expression, which fails with Arrow's own message.
    auto cast = arrow::compute::Cast(arrow::Datum(operand.literal), options);
    if (cast.ok()) {
      result.literal = cast->scalar();
      result.expression = arrow::compute::literal(*std::move(cast));
      result.type = std::move(type);
      return result;
    }
    result.literal = nullptr;
  }
  result.expression = arrow::compute::call("cast", {operand.expression}, options);
  result.type = std::move(type);
  return result;
}

Operand CountUnits(const Operand& operand) {
  Operand counted = operand;
  // Polars has no seconds, and nanoseconds only for times of day.
  switch (operand.kind()) {
    case ValueKind::kTimestamp:
      if (static_cast<const arrow::TimestampType&>(*operand.type).unit() ==
          arrow::TimeUnit::SECOND) {
        counted = CastOperand(operand, arrow::timestamp(arrow::TimeUnit::MILLI));
      }
      break;
    case ValueKind::kDuration:
      if (static_cast<const arrow::DurationType&>(*operand.type).unit() ==
          arrow::TimeUnit::SECOND) {
        counted = CastOperand(operand, arrow::duration(arrow::TimeUnit::MILLI));
      }
      break;
    case ValueKind::kTime:
      counted = CastOperand(operand, arrow::time64(arrow::TimeUnit::NANO));
      break;
    case ValueKind::kDate:
      counted = CastOperand(operand, arrow::int32());
      break;
    default:
      break;
  }
  return CastOperand(counted, arrow::int64());
}

Expression ConstantWhereValid(const Expression& expression, bool value) {
  if (value) return arrow::compute::or_(arrow::compute::is_valid(expression), NullCondition());
  return arrow::compute::and_(arrow::compute::is_null(expression), NullCondition());
}

Expression NullCondition() {
  return arrow::compute::literal(arrow::Datum(std::make_shared<arrow::BooleanScalar>()));
}

}  // namespace metaxy::internal
