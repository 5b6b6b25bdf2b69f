#include "expression.h"

#include <arrow/scalar.h>
#include <arrow/type.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>

namespace metaxy::python {
namespace {

namespace nb = nanobind;

template <class Scalar, class... Arguments>
Expression LiteralOf(Arguments&&... arguments) {
  return {arrow::compute::literal(std::make_shared<Scalar>(std::forward<Arguments>(arguments)...))};
}

Expression Call(const std::string& function, const std::vector<Expression>& arguments) {
  std::vector<arrow::compute::Expression> expressions;
  expressions.reserve(arguments.size());
  for (const Expression& argument : arguments) expressions.push_back(argument.expression);
  return {arrow::compute::call(function, std::move(expressions))};
}

}  // namespace

std::optional<std::vector<FeatureKey>> KeysOf(const std::optional<Texts>& features) {
  if (!features) return std::nullopt;
  return std::vector<FeatureKey>(features->begin(), features->end());
}

Filters FiltersOf(const Conditions& conditions) {
  Filters filters;
  for (const auto& condition : conditions) {
    if (const auto* text = std::get_if<std::string>(&condition)) {
      filters.emplace_back(*text);
    } else {
      filters.emplace_back(std::get<Expression>(condition).expression);
    }
  }
  return filters;
}

FeatureFilters FiltersOf(const ConditionsByFeature& conditions) {
  FeatureFilters filters;
  for (const auto& [feature, own] : conditions)
    filters.emplace_back(FeatureKey(feature), FiltersOf(own));
  return filters;
}

void BindExpression(nb::module_& module) {
  nb::class_<Expression>(module, "Expression")
      .def_static(
          "field",
          [](const std::string& name) { return Expression{arrow::compute::field_ref(name)}; })
      .def_static("call", &Call)
      .def_static("null", [] { return LiteralOf<arrow::NullScalar>(); })
      .def_static("boolean", [](bool value) { return LiteralOf<arrow::BooleanScalar>(value); })
      .def_static("integer", [](int64_t value) { return LiteralOf<arrow::Int64Scalar>(value); })
      .def_static("real", [](double value) { return LiteralOf<arrow::DoubleScalar>(value); })
      .def_static("text",
                  [](const std::string& value) { return LiteralOf<arrow::StringScalar>(value); })
      .def_static("date", [](int32_t days) { return LiteralOf<arrow::Date32Scalar>(days); })
      .def_static("time", [](int64_t micros, const std::string& zone) {
        return LiteralOf<arrow::TimestampScalar>(micros,
                                                 arrow::timestamp(arrow::TimeUnit::MICRO, zone));
      });
}

}  // namespace metaxy::python
