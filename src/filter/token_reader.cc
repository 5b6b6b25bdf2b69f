#include "filter/token_reader.h"

#include <fmt/format.h>

#include "base/quote.h"
#include "filter/keywords.h"

namespace metaxy::internal {

arrow::Status TokenReader::Unexpected(const char* expected) const {
  const Token& token = Here();
  if (token.kind == TokenKind::kEnd) {
    return Error(token, fmt::format("the filter ends where {} is expected", expected));
  }
  if (token.kind == TokenKind::kWord && IsForeignOperator(token.text)) {
    return Error(token, fmt::format("{} is not supported; {}", ToUpper(token.text), kFilterParts));
  }
  constexpr std::string_view kForeignSigns = "+-*/%|&^~:[{";
  if (token.kind == TokenKind::kSign && kForeignSigns.find(token.text) != std::string_view::npos) {
    return Error(token,
                 fmt::format("the operator {} is not supported; {}", token.text, kFilterParts));
  }
  return Error(token, fmt::format("found {} where {} is expected", Quote(token.text), expected));
}

}  // namespace metaxy::internal
