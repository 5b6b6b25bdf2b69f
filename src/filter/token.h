// Lexer for filters.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::internal {

enum class TokenKind {
  kWord,        ///< An unquoted name or keyword.
  kQuotedName,  ///< "name", its text without the quotes.
  kText,        ///< 'text', without the quotes.
  kNumber,      ///< Digits with at most one point and one exponent, no sign.
  kSign,        ///< An operator or a bracket.
  kFile,        ///< @path or @'path', its text without the @ and the quotes.
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string text;
  size_t offset;  ///< Its start, in bytes.
};

/// \brief Splits a filter into tokens, the last of which is kEnd. Comments (`-- ...`, `/* ... */`,
/// `{# ... #}`) are skipped. FilterParse if the text is not valid UTF-8 or if a quote or comment is
/// not closed.
arrow::Result<std::vector<Token>> Tokenize(std::string_view filter);

/// \brief FilterParse with a message and its position in `filter`.
arrow::Status FilterError(std::string_view filter, size_t offset, const std::string& problem);

/// \brief Stripped of surrounding white space, as by Python's str.strip().
std::string_view StripSpace(std::string_view text);

/// \brief Whether `word` equals `keyword`, which is in upper case, ignoring the case of ASCII
/// letters.
bool IsKeyword(std::string_view word, std::string_view keyword);

/// \brief ASCII letters in upper case.
std::string ToUpper(std::string_view word);

}  // namespace metaxy::internal
