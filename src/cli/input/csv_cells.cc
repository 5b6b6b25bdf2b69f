#include "cli/input/csv_cells.h"

#include <arrow/type_traits.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "cli/input/json_shape.h"

namespace metaxy::cli {

namespace {

using Kind = JsonNode::Kind;

std::optional<bool> BooleanOf(std::string_view cell) {
  if (cell == "true" || cell == "True" || cell == "TRUE") return true;
  if (cell == "false" || cell == "False" || cell == "FALSE") return false;
  return std::nullopt;
}

// A zero followed by another digit.
bool IsPadded(std::string_view digits) {
  return digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

template <class Number>
std::optional<Number> Parse(std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parsed.ptr == text.data() + text.size();
  if (parsed.ec != std::errc() || !whole) return std::nullopt;
  return value;
}

// A 64-bit integer; `std::nullopt` for a larger one, and for anything else.
std::optional<JsonNode> IntegerOf(std::string_view cell) {
  std::string_view digits = cell.starts_with('-') ? cell.substr(1) : cell;
  if (IsPadded(digits)) return std::nullopt;
  JsonNode node;
  if (const auto integer = Parse<int64_t>(cell)) {
    node.kind = Kind::kInteger;
    node.integer = *integer;
    return node;
  }
  if (const auto natural = Parse<uint64_t>(cell)) {
    node.kind = Kind::kNatural;
    node.natural = *natural;
    return node;
  }
  return std::nullopt;
}

std::optional<double> RealOf(std::string_view cell) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (cell == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (cell == "inf") return kInfinity;
  if (cell == "-inf") return -kInfinity;
  if (cell.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
  const std::string_view digits = cell.starts_with('-') ? cell.substr(1) : cell;
  // Integers that IntegerOf does not accept are beyond 64 bits; a double would change them.
  const bool integer = digits.find_first_of(".eE") == std::string_view::npos;
  if (integer || IsPadded(digits)) return std::nullopt;
  // "12e45" is part of a hash: before an exponent programs write one digit, or a point.
  const size_t exponent = digits.find_first_of("eE");
  const bool has_point = digits.find('.') != std::string_view::npos;
  if (exponent != std::string_view::npos && exponent > 1 && !has_point) return std::nullopt;
  return Parse<double>(cell);
}

}  // namespace

void CellShape::Observe(std::string_view cell) {
  any_ = true;
  json_like_ &= cell.starts_with('[') || cell.starts_with('{');
  if (booleans_) booleans_ = BooleanOf(cell).has_value();
  if (!numbers_) return;
  if (const auto integer = IntegerOf(cell)) {
    const bool natural = integer->kind == Kind::kNatural;
    natural_ |= natural;
    negative_ |= !natural && integer->integer < 0;
    inexact_ |= !(natural ? IsExactDouble(integer->natural) : IsExactDouble(integer->integer));
    return;
  }
  integers_ = false;
  numbers_ = RealOf(cell).has_value();
}

std::shared_ptr<arrow::DataType> CellShape::Type() const {
  if (!any_) return arrow::null();
  if (booleans_) return arrow::boolean();
  if (numbers_ && integers_ && !(natural_ && negative_))
    return natural_ ? arrow::uint64() : arrow::int64();
  if (numbers_ && !integers_ && !inexact_) return arrow::float64();
  return arrow::large_utf8();
}

JsonNode CellValue(std::string_view cell, const arrow::DataType& type) {
  JsonNode node;
  if (type.id() == arrow::Type::BOOL) {
    if (const auto boolean = BooleanOf(cell)) {
      node.kind = Kind::kBool;
      node.boolean = *boolean;
      return node;
    }
  } else if (arrow::is_integer(type.id()) || arrow::is_floating(type.id())) {
    if (const auto integer = IntegerOf(cell)) return *integer;
    if (const auto real = RealOf(cell)) {
      node.kind = Kind::kReal;
      node.real = *real;
      return node;
    }
  }
  node.kind = Kind::kText;
  node.text = cell;
  return node;
}

}  // namespace metaxy::cli
