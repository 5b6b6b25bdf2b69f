#include "normal_form.h"

#include <arrow/array/array_base.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;

std::string DoubleForm(double value) {
  if (std::isinf(value)) return value < 0 ? "f:-inf" : "f:inf";
  return fmt::format("f:{}",
                     value == 0 && !std::signbit(value) ? "0x0p+0" : fmt::format("{:a}", value));
}

std::string ScalarForm(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return "null";
  switch (scalar.type->id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(scalar).value ? "true" : "false";
    case arrow::Type::DOUBLE:
      return DoubleForm(static_cast<const arrow::DoubleScalar&>(scalar).value);
    case arrow::Type::STRING:
      return "s:" + nlohmann::json(static_cast<const arrow::StringScalar&>(scalar).view()).dump();
    case arrow::Type::DECIMAL256:
      return static_cast<const arrow::Decimal256Scalar&>(scalar).value.ToIntegerString();
    default:
      return scalar.ToString();
  }
}

void CollectTerms(const Expression& expression, const std::string& function,
                  std::vector<std::string>* terms) {
  const Expression::Call* call = expression.call();
  if (call == nullptr || call->function_name != function) {
    terms->push_back(NormalForm(expression));
    return;
  }
  for (const Expression& argument : call->arguments) CollectTerms(argument, function, terms);
}

std::string NameOf(const arrow::FieldRef& column) {
  if (column.name() != nullptr) return *column.name();
  std::string name;
  for (const arrow::FieldRef& part : *column.nested_refs())
    name += (&part == &column.nested_refs()->front() ? "" : ".") + NameOf(part);
  return name;
}

std::string LikeForm(const Expression::Call& call) {
  const auto& options = static_cast<const arrow::compute::MatchSubstringOptions&>(*call.options);
  return fmt::format("({} {} s:{})", options.ignore_case ? "ilike" : "like",
                     NormalForm(call.arguments[0]), nlohmann::json(options.pattern).dump());
}

std::string InForm(const Expression::Call& call) {
  const auto& options = static_cast<const arrow::compute::SetLookupOptions&>(*call.options);
  std::string form = "(in " + NormalForm(call.arguments[0]);
  const auto values = options.value_set.make_array();
  for (int64_t i = 0; i < values->length(); ++i) {
    form += " " + ScalarForm(*values->GetScalar(i).ValueOrDie());
  }
  return form + ")";
}

}  // namespace

std::string NormalForm(const Expression& condition) {
  static const std::map<std::string, std::string> kNames = {
      {"equal", "="},   {"not_equal", "!="},     {"less", "<"},     {"less_equal", "<="},
      {"greater", ">"}, {"greater_equal", ">="}, {"invert", "not"}, {"is_null", "null"}};
  if (const arrow::FieldRef* column = condition.field_ref())
    return "c:" + nlohmann::json(NameOf(*column)).dump();
  if (const arrow::Datum* literal = condition.literal()) return ScalarForm(*literal->scalar());
  const Expression::Call& call = *condition.call();
  if (call.function_name == "is_in") return InForm(call);
  if (call.function_name == "match_like") return LikeForm(call);
  std::string form;
  std::vector<std::string> terms;
  if (call.function_name == "and_kleene" || call.function_name == "or_kleene") {
    form = call.function_name == "and_kleene" ? "(and" : "(or";
    CollectTerms(condition, call.function_name, &terms);
  } else {
    form = "(" + kNames.at(call.function_name);
    for (const Expression& argument : call.arguments) terms.push_back(NormalForm(argument));
  }
  for (const std::string& term : terms) form += " " + term;
  return form + ")";
}

}  // namespace metaxy::internal
