// Conditions on rows: SQL-like text, and Arrow expressions.
//
// The text is what the reference reads: comparisons (= != <> < <= > >=) of columns and literals,
// AND, OR, NOT, IS [NOT] NULL/TRUE/FALSE, [NOT] IN (literals), parentheses, 'text' with '' for a
// quote, "name", -number, true, false, NULL, and a bare boolean column. `x = NULL` means IS NULL. A
// row is kept only where the condition is true (not where it is null).
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Reads a condition. FilterParse, with the place and what was expected, if the text is
/// none. Mirrors metaxy.parse_filter_string.
METAXY_EXPORT arrow::Result<arrow::compute::Expression> ParseFilter(std::string_view text);

/// \brief Reads several conditions, all of which must hold.
METAXY_EXPORT arrow::Result<std::vector<arrow::compute::Expression>> ParseFilters(
    const std::vector<std::string>& texts);

}  // namespace metaxy
