// Filters on rows: SQL-like strings, and Arrow expressions. docs/filters.md has the syntax: that of
// the reference (= != <> < <= > >=, AND, OR, NOT, IS [NOT] NULL/TRUE/FALSE, [NOT] IN (...), 'text',
// "name"), and what filters of definitions cannot have, because the reference reads them, too: LIKE
// and ILIKE, BETWEEN, DATE '2024-01-31', TIMESTAMP '2024-01-31 12:00:00Z', and a.b for the member b
// of a struct or the key b of a map. `x = NULL` means IS NULL. A row is kept only if the filter is
// true (not if it is null).
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

/// \brief Parses a filter. FilterParse, with the location and what was expected, if it is not
/// valid. Mirrors metaxy.parse_filter_string.
METAXY_EXPORT arrow::Result<arrow::compute::Expression> ParseFilter(std::string_view text);

/// \brief Parses several filters, all of which must hold.
METAXY_EXPORT arrow::Result<std::vector<arrow::compute::Expression>> ParseFilters(
    const std::vector<std::string>& texts);

/// \brief A filter as operations accept it: a string, or an Arrow expression. A string is parsed on
/// construction; an error in it (FilterParse) is reported by the operation that receives it. A
/// value type.
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

/// \brief Filters, all of which must hold: `{"height > 100", greater(field_ref("n"), literal(3))}`.
class METAXY_EXPORT Filters : public std::vector<Filter> {
 public:
  Filters() = default;
  Filters(std::initializer_list<Filter> filters) : std::vector<Filter>(filters) {}
  Filters(const std::vector<arrow::compute::Expression>& expressions)  // NOLINT(*-explicit-*)
      : std::vector<Filter>(expressions.begin(), expressions.end()) {}

  /// \brief FilterParse if one of them is not a valid filter string.
  arrow::Result<std::vector<arrow::compute::Expression>> Expressions() const;
};

}  // namespace metaxy
