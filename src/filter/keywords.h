// SQL keywords that must be quoted to name a column.
#pragma once

#include <string_view>

namespace metaxy::internal {

/// \brief Whether `word` never names a column where a value is expected.
bool IsReservedWord(std::string_view word);

/// \brief Whether `word` starts an SQL statement: then it is not a name as the first word of a
/// filter.
bool IsStatementWord(std::string_view word);

/// \brief Whether `<` after `word` opens the parameters of a type, as in array<int>.
bool IsNestedTypeWord(std::string_view word);

/// \brief Whether `word` is an SQL operator that filters of definitions do not support.
bool IsForeignOperator(std::string_view word);

/// \brief Whether it is one of those that other filters support: LIKE, ILIKE and BETWEEN.
bool IsExtendedOperator(std::string_view word);

}  // namespace metaxy::internal
