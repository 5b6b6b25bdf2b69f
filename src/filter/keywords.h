// Which words of SQL cannot be the name of a column unless they are quoted.
#pragma once

#include <string_view>

namespace metaxy::internal {

/// \brief Whether `word` never names a column where a value is expected.
bool IsReservedWord(std::string_view word);

/// \brief Whether `word` starts a statement of SQL: the first word of a filter is then no name.
bool IsStatementWord(std::string_view word);

/// \brief Whether `<` after `word` opens the parameters of a type, as in array<int>.
bool IsNestedTypeWord(std::string_view word);

/// \brief Whether `word` is an operator of SQL that filters lack.
bool IsForeignOperator(std::string_view word);

}  // namespace metaxy::internal
