// Conditions on rows: SQL-like text, and Arrow expressions.
//
// The text is what the reference reads: comparisons (= != <> < <= > >=) of columns and literals,
// AND, OR, NOT, IS [NOT] NULL/TRUE/FALSE, [NOT] IN (literals), parentheses, 'text' with '' for a
// quote, "name", -number, true, false, NULL, and a bare boolean column. `x = NULL` means IS NULL. A
// row is kept only where the condition is true (not where it is null).
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Reads a condition. FilterParse, with the place and what was expected, if the text is
/// none. Mirrors metaxy.parse_filter_string.
METAXY_EXPORT arrow::Result<arrow::compute::Expression> ParseFilter(std::string_view text);

/// \brief Reads several conditions, all of which must hold.
METAXY_EXPORT arrow::Result<std::vector<arrow::compute::Expression>> ParseFilters(
    const std::vector<std::string>& texts);

/// \brief A condition on rows as operations take it: a text, or an Arrow expression. A text is read
/// where it is written; what is wrong with it (FilterParse) is told by the operation it is given
/// to. A value.
class METAXY_EXPORT Filter {
 public:
  Filter(const char* text);                                            // NOLINT(*-explicit-*)
  Filter(const std::string& text) : expression_(ParseFilter(text)) {}  // NOLINT(*-explicit-*)
  Filter(arrow::compute::Expression expression)                        // NOLINT(*-explicit-*)
      : expression_(std::move(expression)) {}

  const arrow::Result<arrow::compute::Expression>& expression() const { return expression_; }

 private:
  arrow::Result<arrow::compute::Expression> expression_;
};

/// \brief Conditions, all of which must hold: `{"height > 100", greater(field_ref("n"),
/// literal(3))}`.
class METAXY_EXPORT Filters : public std::vector<Filter> {
 public:
  Filters() = default;
  Filters(std::initializer_list<Filter> filters) : std::vector<Filter>(filters) {}
  Filters(const std::vector<arrow::compute::Expression>& expressions)  // NOLINT(*-explicit-*)
      : std::vector<Filter>(expressions.begin(), expressions.end()) {}

  /// \brief FilterParse if one of them is a text that is no condition.
  arrow::Result<std::vector<arrow::compute::Expression>> Expressions() const;
};

}  // namespace metaxy
