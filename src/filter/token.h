// The words and signs of a filter.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

enum class TokenKind {
  kWord,        ///< A name or keyword without quotes.
  kQuotedName,  ///< "name", its text without the quotes.
  kText,        ///< 'text', without the quotes.
  kNumber,      ///< Digits with at most one point and one exponent, no sign.
  kSign,        ///< An operator or a bracket.
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string text;
  size_t offset;  ///< Where it starts, in bytes.
};

/// \brief Divides a filter into tokens, the last of which is kEnd. Comments (`-- ...`, `/* ... */`,
/// `{# ... #}`) are left out. FilterParse if the text is not UTF-8 or if a quote or comment is not
/// closed.
arrow::Result<std::vector<Token>> Tokenize(std::string_view filter);

/// \brief FilterParse that says what is wrong at which place of `filter`.
arrow::Status FilterError(std::string_view filter, size_t offset, const std::string& problem);

/// \brief Without white space at both ends, as Python's str.strip() does it.
std::string_view StripSpace(std::string_view text);

/// \brief Whether `word` is `keyword`, which is in upper case, without regard to the case of ASCII
/// letters.
bool IsKeyword(std::string_view word, std::string_view keyword);

/// \brief ASCII letters in upper case.
std::string ToUpper(std::string_view word);

}  // namespace metaxy::internal
