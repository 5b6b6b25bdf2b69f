#include "filter/membership.h"

#include <arrow/array/array_base.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/cast.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "filter/integers.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;
using arrow::compute::SetLookupOptions;

// The maximum number of digits in Arrow.
constexpr int32_t kWidestDecimal = 76;

arrow::Result<std::shared_ptr<arrow::Array>> ValuesOf(const arrow::Datum& set) {
  if (set.is_array()) return set.make_array();
  if (set.is_chunked_array()) {
    if (set.chunked_array()->num_chunks() == 0) return arrow::MakeEmptyArray(set.type());
    return arrow::Concatenate(set.chunked_array()->chunks());
  }
  return MakeError(ErrorCode::kInvalidInput,
                   "is_in needs an array as its value set, not " + set.ToString());
}

std::string DescribeValues(const arrow::Array& values) {
  switch (KindOf(*values.type())) {
    case ValueKind::kText:
      return "texts";
    case ValueKind::kBoolean:
      return "booleans";
    case ValueKind::kInteger:
      return "integers";
    case ValueKind::kFloat:
      return "decimal numbers";
    default:
      return "values of type " + values.type()->ToString();
  }
}

std::string Remedy(ValueKind column, ValueKind values) {
  if (column == ValueKind::kFloat && values == ValueKind::kInteger) return "write 1 as 1.0";
  if (column == ValueKind::kInteger && values == ValueKind::kFloat) return "write 1.0 as 1";
  if (column == ValueKind::kText) return "write the values in quotes";
  if (values == ValueKind::kText &&
      (column == ValueKind::kInteger || column == ValueKind::kFloat)) {
    return "write the numbers without quotes";
  }
  return "the list needs values of the column's type";
}

arrow::Status Mismatch(const Operand& operand, const arrow::Array& values) {
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("cannot look for {} in {}; {}", DescribeValues(values), operand.description,
                  Remedy(operand.kind(), KindOf(*values.type()))));
}

bool Matches(ValueKind column, ValueKind values) {
  if (column == values) return column != ValueKind::kOther;
  const bool date_and_time = (column == ValueKind::kTimestamp && values == ValueKind::kDate) ||
                             (column == ValueKind::kDate && values == ValueKind::kTimestamp);
  const bool numbers = column == ValueKind::kDecimal && values == ValueKind::kInteger;
  // Integers beyond 64 bits are represented as decimals.
  const bool wide = column == ValueKind::kInteger && values == ValueKind::kDecimal;
  return date_and_time || numbers || wide;
}

arrow::Result<arrow::Datum> CastExactly(const std::shared_ptr<arrow::Scalar>& value,
                                        const std::shared_ptr<arrow::DataType>& type) {
  arrow::Datum datum(value);
  if (arrow::is_integer(value->type->id()) && arrow::is_decimal(type->id())) {
    // By itself Arrow refuses an integer, however small, if the decimal lacks digits for the
    // largest one.
    const auto scale = static_cast<const arrow::DecimalType&>(*type).scale();
    ARROW_ASSIGN_OR_RAISE(datum,
                          arrow::compute::Cast(datum, arrow::decimal256(kWidestDecimal, scale)));
  }
  return arrow::compute::Cast(datum, arrow::compute::CastOptions::Safe(type));
}

// The values of `set` as values of `type`, without those that the cast would change: no value of
// the column equals them.
arrow::Result<std::shared_ptr<arrow::Array>> Convert(const arrow::Array& set,
                                                     const std::shared_ptr<arrow::DataType>& type) {
  if (KindOf(*type) != ValueKind::kFloat) {
    // Only a cast to a smaller float changes values silently.
    const auto all =
        arrow::compute::Cast(arrow::Datum(set.data()), arrow::compute::CastOptions::Safe(type));
    if (all.ok()) return all->make_array();
  }
  std::unique_ptr<arrow::ArrayBuilder> builder;
  ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder));
  for (int64_t i = 0; i < set.length(); ++i) {
    if (set.IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder->AppendNull());
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto value, set.GetScalar(i));
    const auto cast = CastExactly(value, type);
    if (!cast.ok()) continue;
    const auto back = arrow::compute::Cast(*cast, arrow::compute::CastOptions::Unsafe(value->type));
    if (back.ok() &&
        back->scalar()->Equals(*value, arrow::EqualOptions::Defaults().nans_equal(true))) {
      ARROW_RETURN_NOT_OK(builder->AppendScalar(*cast->scalar()));
    }
  }
  return builder->Finish();
}

// Arrow compares the bits of a float, and 0.0 has two representations.
arrow::Result<std::shared_ptr<arrow::Array>> WithBothZeros(
    const std::shared_ptr<arrow::Array>& set) {
  for (int64_t i = 0; i < set->length(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto value, set->GetScalar(i));
    ARROW_ASSIGN_OR_RAISE(const auto number, value->CastTo(arrow::float64()));
    if (!number->is_valid || static_cast<const arrow::DoubleScalar&>(*number).value != 0) continue;
    std::vector<std::shared_ptr<arrow::Array>> all = {set};
    for (double zero : {0.0, -0.0}) {
      ARROW_ASSIGN_OR_RAISE(auto scalar, arrow::DoubleScalar(zero).CastTo(set->type()));
      ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(*scalar, 1));
      all.push_back(std::move(array));
    }
    return arrow::Concatenate(all);
  }
  return set;
}

// The lines of a file as values of the column.
arrow::Result<std::shared_ptr<arrow::Array>> FromLines(std::shared_ptr<arrow::Array> lines,
                                                       const Operand& plain) {
  const ValueKind kind = plain.kind();
  if (kind == ValueKind::kText || kind == ValueKind::kBinary || kind == ValueKind::kOther ||
      kind == ValueKind::kNull) {
    return lines;
  }
  const auto cast = arrow::compute::Cast(arrow::Datum(lines->data()),
                                         arrow::compute::CastOptions::Safe(plain.type));
  if (cast.ok()) return cast->make_array();
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("a line of the file after IN is not a value of {}: {}",
                               plain.description, cast.status().message()));
}

arrow::Result<Expression> IsInValues(const Operand& operand, std::shared_ptr<arrow::Array> values,
                                     SetLookupOptions::NullMatchingBehavior nulls) {
  const bool no_values =
      values->null_count() == values->length() || KindOf(*values->type()) == ValueKind::kNull;
  const bool emit_null = nulls == SetLookupOptions::EMIT_NULL;
  if (no_values && emit_null) return ConstantWhereValid(operand.expression, false);
  if (operand.kind() == ValueKind::kNull && emit_null) return NullCondition();
  const Operand plain = Plain(operand);
  if (no_values) {
    ARROW_ASSIGN_OR_RAISE(values, arrow::MakeArrayOfNull(plain.type, values->length()));
  } else if (!values->type()->Equals(*plain.type)) {
    if (!Matches(plain.kind(), KindOf(*values->type()))) return Mismatch(operand, *values);
    ARROW_ASSIGN_OR_RAISE(values, Convert(*values, plain.type));
  } else if (plain.kind() == ValueKind::kOther) {
    return Mismatch(operand, *values);
  }
  if (plain.kind() == ValueKind::kFloat) {
    ARROW_ASSIGN_OR_RAISE(values, WithBothZeros(values));
  }
  return arrow::compute::call("is_in", {plain.expression},
                              SetLookupOptions(arrow::Datum(values), nulls));
}

}  // namespace

arrow::Result<Expression> IsIn(const Operand& operand, const SetLookupOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto values, ValuesOf(options.value_set));
  if (dynamic_cast<const LinesLookupOptions*>(&options) != nullptr) {
    ARROW_ASSIGN_OR_RAISE(values, FromLines(std::move(values), Plain(operand)));
  }
  return IsInValues(operand, std::move(values), options.GetNullMatchingBehavior());
}

}  // namespace metaxy::internal
