// Results of the filter parser's rules: columns, literals, and conditions made of them.
#pragma once

#include <arrow/compute/expression.h>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "filter/literal.h"
#include "filter/token_reader.h"

namespace metaxy::internal {

struct ParsedItem {
  enum class Kind { kColumn, kLiteral, kCondition };

  static ParsedItem Condition(size_t offset, arrow::compute::Expression condition) {
    return {.kind = Kind::kCondition, .offset = offset, .condition = std::move(condition)};
  }
  static ParsedItem Not(size_t offset, ParsedItem item);

  bool is_null_literal() const {
    return kind == Kind::kLiteral && std::holds_alternative<std::monostate>(literal);
  }

  Kind kind;
  size_t offset;
  /// One name; several lead to a member of a struct.
  std::vector<std::string> column = {};
  FilterLiteral literal = {};
  arrow::compute::Expression condition = {};
};

arrow::compute::Expression AsExpression(ParsedItem item);

/// \brief What the parts of a dotted name lead to: the members of a struct, or, if the grammar is
/// not `extended`, one column with dots in its name. Empty parts do not count; empty if all are.
std::vector<std::string> PathOf(const std::vector<std::string>& parts, bool extended);

/// \brief The terms from `begin` to `end` as a balanced tree: thousands of them must not make a
/// tree that is thousands deep.
arrow::compute::Expression Combine(const char* function,
                                   const std::vector<arrow::compute::Expression>& terms,
                                   size_t begin, size_t end);

/// \brief Advances over = == != <>, or < <= > >=, and returns Arrow's function; null if none is
/// there.
const char* MatchEquality(TokenReader* reader);
const char* MatchComparison(TokenReader* reader);

}  // namespace metaxy::internal
