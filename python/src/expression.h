// Features and conditions as Python gives them: texts, and expressions whose literals have types.
#pragma once

#include <arrow/compute/expression.h>
#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "metaxy/filter.h"
#include "metaxy/keys.h"
#include "metaxy/store_options.h"

namespace metaxy::python {

struct Expression {
  arrow::compute::Expression expression;
};

using Texts = std::vector<std::string>;
using Conditions = std::vector<std::variant<std::string, Expression>>;
/// Conditions on single features.
using ConditionsByFeature = std::vector<std::pair<std::string, Conditions>>;

/// None means all features.
std::optional<std::vector<FeatureKey>> KeysOf(const std::optional<Texts>& features);
Filters FiltersOf(const Conditions& conditions);
FeatureFilters FiltersOf(const ConditionsByFeature& conditions);

void BindExpression(nanobind::module_& module);

}  // namespace metaxy::python
