#include "filter/token_reader.h"

#include <fmt/format.h>

#include "base/quote.h"
#include "filter/keywords.h"

namespace metaxy::internal {

const char* TokenReader::FilterParts() const {
  if (!extended()) {
    return "a filter consists of columns and literals with = != < <= > >=, IN (...), IS [NOT] "
           "NULL, "
           "AND, OR, NOT";
  }
  return "a filter consists of columns and literals with = != < <= > >=, IN (...), LIKE, BETWEEN, "
         "IS [NOT] NULL, AND, OR, NOT; see `metaxy help filters`";
}

arrow::Status TokenReader::Unexpected(const char* expected) const {
  const Token& token = Here();
  if (token.kind == TokenKind::kEnd) {
    return Error(token, fmt::format("the filter ends where {} is expected", expected));
  }
  if (token.kind == TokenKind::kWord && IsExtendedOperator(token.text) && !extended()) {
    return Error(token, fmt::format("{} is not supported in definitions, which the Python package "
                                    "reads, too; {}",
                                    ToUpper(token.text), FilterParts()));
  }
  if (token.kind == TokenKind::kWord && IsForeignOperator(token.text) &&
      !IsExtendedOperator(token.text)) {
    return Error(token, fmt::format("{} is not supported; {}", ToUpper(token.text), FilterParts()));
  }
  if (token.kind == TokenKind::kFile)
    return Error(token, "a file can stand only after IN: id IN @ids.txt");
  constexpr std::string_view kForeignSigns = "+-*/%|&^~:[{";
  if (token.kind == TokenKind::kSign && kForeignSigns.find(token.text) != std::string_view::npos) {
    return Error(token,
                 fmt::format("the operator {} is not supported; {}", token.text, FilterParts()));
  }
  return Error(token, fmt::format("found {} where {} is expected", Quote(token.text), expected));
}

}  // namespace metaxy::internal
