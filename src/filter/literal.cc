#include "filter/literal.h"

#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>
#include <arrow/util/value_parsing.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include "filter/integers.h"

namespace metaxy::internal {

namespace {

using Magnitude = FilterInteger::Magnitude;

constexpr Magnitude kTwoTo127 = static_cast<Magnitude>(1) << 127;
constexpr Magnitude kTwoTo63 = static_cast<Magnitude>(1) << 63;

bool FitsInt64(const FilterInteger& value) {
  return value.negative ? value.magnitude <= kTwoTo63 : value.magnitude < kTwoTo63;
}

bool FitsUInt64(const FilterInteger& value) {
  return !value.negative && value.magnitude <= std::numeric_limits<uint64_t>::max();
}

int64_t ToInt64(const FilterInteger& value) {
  const auto bits = static_cast<uint64_t>(value.magnitude);
  return static_cast<int64_t>(value.negative ? ~bits + 1 : bits);
}

arrow::Decimal256 ToDecimal(const FilterInteger& value) {
  arrow::BasicDecimal256::WordArray words = {static_cast<uint64_t>(value.magnitude),
                                             static_cast<uint64_t>(value.magnitude >> 64), 0, 0};
  const arrow::Decimal256 decimal{
      arrow::BasicDecimal256(arrow::bit_util::little_endian::FromNative(words))};
  return value.negative ? arrow::Decimal256(-decimal) : decimal;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<FilterLiteral> ReadInteger(std::string_view digits) {
  FilterInteger value;
  for (char c : digits) {
    const auto digit = static_cast<Magnitude>(c - '0');
    constexpr Magnitude kMax = ~static_cast<Magnitude>(0);
    if (value.magnitude > (kMax - digit) / 10) return std::nullopt;
    value.magnitude = value.magnitude * 10 + digit;
  }
  return value;
}

// Whether a number that no double can hold is too large, as opposed to too small.
bool IsHuge(std::string_view text) {
  const size_t exponent_at = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent_at);
  if (exponent_at != std::string_view::npos) return text[exponent_at + 1] != '-';
  // Without an exponent, it takes hundreds of digits before the point.
  return mantissa.find_first_not_of("0.") < mantissa.find('.');
}

std::optional<FilterLiteral> ReadDouble(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return IsHuge(text) ? std::numeric_limits<double>::infinity() : 0.0;
  if (error != std::errc()) return std::nullopt;
  return value;
}

template <class Builder, class Convert>
arrow::Result<std::shared_ptr<arrow::Array>> Build(Builder builder,
                                                   const std::vector<FilterLiteral>& literals,
                                                   Convert convert) {
  for (const FilterLiteral& literal : literals) {
    if (std::holds_alternative<std::monostate>(literal)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(convert(literal)));
    }
  }
  return builder.Finish();
}

FilterInteger AsInteger(const FilterLiteral& literal) {
  if (const bool* value = std::get_if<bool>(&literal)) return {.magnitude = *value ? 1U : 0U};
  return std::get<FilterInteger>(literal);
}

arrow::Result<std::shared_ptr<arrow::Array>> ToIntegerArray(
    const std::vector<FilterLiteral>& literals) {
  auto all = [&](bool (*fits)(const FilterInteger&)) {
    return std::all_of(literals.begin(), literals.end(), [&](const FilterLiteral& literal) {
      return std::holds_alternative<std::monostate>(literal) || fits(AsInteger(literal));
    });
  };
  if (all(FitsInt64)) {
    return Build(arrow::Int64Builder(), literals,
                 [](const FilterLiteral& l) { return ToInt64(AsInteger(l)); });
  }
  if (all(FitsUInt64)) {
    return Build(arrow::UInt64Builder(), literals, [](const FilterLiteral& l) {
      return static_cast<uint64_t>(AsInteger(l).magnitude);
    });
  }
  return Build(arrow::Decimal256Builder(WideIntegerType()), literals,
               [](const FilterLiteral& l) { return ToDecimal(AsInteger(l)); });
}

arrow::Result<std::shared_ptr<arrow::Array>> ToTimeArray(
    const std::vector<FilterLiteral>& literals, const std::shared_ptr<arrow::DataType>& type) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder));
  for (const FilterLiteral& literal : literals) {
    const auto* time = std::get_if<FilterTime>(&literal);
    ARROW_RETURN_NOT_OK(time == nullptr ? builder->AppendNull()
                                        : builder->AppendScalar(*time->scalar));
  }
  return builder->Finish();
}

const FilterLiteral* FirstValue(const std::vector<FilterLiteral>& literals) {
  for (const FilterLiteral& literal : literals) {
    if (!std::holds_alternative<std::monostate>(literal)) return &literal;
  }
  return nullptr;
}

}  // namespace

std::optional<FilterLiteral> ReadTime(std::string_view type, std::string_view text) {
  if (type == "DATE") {
    auto date = arrow::Scalar::Parse(arrow::date32(), text);
    if (!date.ok()) return std::nullopt;
    return FilterTime{*std::move(date)};
  }
  constexpr size_t kMicroDigits = 6;
  const size_t point = text.find('.');
  const size_t end = text.find_first_not_of("0123456789", point + 1);
  const bool fine =
      point != std::string_view::npos && std::min(end, text.size()) - point - 1 > kMicroDigits;
  const auto unit = fine ? arrow::TimeUnit::NANO : arrow::TimeUnit::MICRO;
  int64_t value = 0;
  bool has_offset = false;
  if (!arrow::internal::ParseTimestampISO8601(text.data(), text.size(), unit, &value, &has_offset))
    return std::nullopt;
  return FilterTime{std::make_shared<arrow::TimestampScalar>(
      value, has_offset ? arrow::timestamp(unit, "UTC") : arrow::timestamp(unit))};
}

std::optional<FilterLiteral> ReadNumber(std::string_view text) {
  return IsDigits(text) ? ReadInteger(text) : ReadDouble(text);
}

std::optional<FilterLiteral> Negate(const FilterLiteral& literal) {
  if (const double* value = std::get_if<double>(&literal)) return -*value;
  if (!std::holds_alternative<FilterInteger>(literal) && !std::holds_alternative<bool>(literal))
    return std::nullopt;
  FilterInteger value = AsInteger(literal);
  value.negative = !value.negative && value.magnitude != 0;
  return value;
}

bool IsTooLarge(const FilterLiteral& literal) {
  const auto* value = std::get_if<FilterInteger>(&literal);
  if (value == nullptr) return false;
  return value->negative ? value->magnitude > kTwoTo127 : value->magnitude >= kTwoTo127;
}

arrow::compute::Expression ToExpression(const FilterLiteral& literal) {
  struct Visitor {
    std::shared_ptr<arrow::Scalar> operator()(std::monostate) const {
      return std::make_shared<arrow::NullScalar>();
    }
    std::shared_ptr<arrow::Scalar> operator()(bool value) const {
      return std::make_shared<arrow::BooleanScalar>(value);
    }
    std::shared_ptr<arrow::Scalar> operator()(const FilterInteger& value) const {
      if (FitsInt64(value)) return std::make_shared<arrow::Int64Scalar>(ToInt64(value));
      if (FitsUInt64(value))
        return std::make_shared<arrow::UInt64Scalar>(static_cast<uint64_t>(value.magnitude));
      return std::make_shared<arrow::Decimal256Scalar>(ToDecimal(value), WideIntegerType());
    }
    std::shared_ptr<arrow::Scalar> operator()(double value) const {
      return std::make_shared<arrow::DoubleScalar>(value);
    }
    std::shared_ptr<arrow::Scalar> operator()(const std::string& value) const {
      return std::make_shared<arrow::StringScalar>(value);
    }
    std::shared_ptr<arrow::Scalar> operator()(const FilterTime& value) const {
      return value.scalar;
    }
  };
  return arrow::compute::literal(arrow::Datum(std::visit(Visitor(), literal)));
}

bool IsOfOneKind(const std::vector<FilterLiteral>& literals) {
  const FilterLiteral* first = FirstValue(literals);
  if (first == nullptr) return true;
  const bool is_number =
      std::holds_alternative<FilterInteger>(*first) || std::holds_alternative<double>(*first);
  if (const auto* time = std::get_if<FilterTime>(first)) {
    return std::all_of(literals.begin(), literals.end(), [&](const FilterLiteral& literal) {
      const auto* other = std::get_if<FilterTime>(&literal);
      return std::holds_alternative<std::monostate>(literal) ||
             (other != nullptr && other->scalar->type->Equals(*time->scalar->type));
    });
  }
  return std::all_of(literals.begin(), literals.end(), [&](const FilterLiteral& literal) {
    return std::holds_alternative<std::monostate>(literal) || literal.index() == first->index() ||
           (is_number && std::holds_alternative<bool>(literal));
  });
}

arrow::Result<std::shared_ptr<arrow::Array>> ToArray(const std::vector<FilterLiteral>& literals) {
  const FilterLiteral* first = FirstValue(literals);
  if (first == nullptr)
    return arrow::MakeArrayOfNull(arrow::null(), static_cast<int64_t>(literals.size()));
  if (std::holds_alternative<FilterInteger>(*first)) return ToIntegerArray(literals);
  if (const auto* time = std::get_if<FilterTime>(first))
    return ToTimeArray(literals, time->scalar->type);
  if (std::holds_alternative<bool>(*first)) {
    return Build(arrow::BooleanBuilder(), literals,
                 [](const FilterLiteral& l) { return std::get<bool>(l); });
  }
  if (std::holds_alternative<double>(*first)) {
    return Build(arrow::DoubleBuilder(), literals, [](const FilterLiteral& l) {
      const bool* boolean = std::get_if<bool>(&l);
      return boolean == nullptr ? std::get<double>(l) : static_cast<double>(*boolean);
    });
  }
  return Build(arrow::StringBuilder(), literals,
               [](const FilterLiteral& l) { return std::get<std::string>(l); });
}

}  // namespace metaxy::internal
