// Token cursor for the filter parser, with errors that point at a token.
#pragma once

#include <arrow/status.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filter/token.h"

namespace metaxy::internal {

/// \brief Which filters are read: those of definitions, which the reference reads, too, or all.
enum class FilterGrammar { kReference, kExtended };

/// \brief A position in a list of tokens that ends with kEnd. It never moves past that.
class TokenReader {
 public:
  TokenReader(std::string_view filter, std::vector<Token> tokens, FilterGrammar grammar)
      : filter_(filter), tokens_(std::move(tokens)), grammar_(grammar) {}

  bool extended() const { return grammar_ == FilterGrammar::kExtended; }

  /// \brief The syntax of filters, for messages about everything else.
  const char* FilterParts() const;

  const Token& Here() const { return tokens_[index_]; }
  const Token& Ahead() const { return tokens_[std::min(index_ + 1, tokens_.size() - 1)]; }
  /// \brief Not at position 0.
  const Token& Before() const { return tokens_[index_ - 1]; }

  size_t position() const { return index_; }
  void GoTo(size_t position) { index_ = position; }
  void Advance() { index_ = std::min(index_ + 1, tokens_.size() - 1); }

  static bool IsSign(const Token& token, std::string_view sign) {
    return token.kind == TokenKind::kSign && token.text == sign;
  }
  static bool IsWord(const Token& token, std::string_view keyword) {
    return token.kind == TokenKind::kWord && IsKeyword(token.text, keyword);
  }

  // Each of these advances if it finds what it looks for.
  bool MatchSign(std::string_view sign) { return Match(IsSign(Here(), sign)); }
  bool MatchWord(std::string_view keyword) { return Match(IsWord(Here(), keyword)); }
  bool MatchNot() { return MatchSign("!") || MatchWord("NOT"); }

  arrow::Status Error(size_t offset, const std::string& problem) const {
    return FilterError(filter_, offset, problem);
  }
  arrow::Status Error(const Token& token, const std::string& problem) const {
    return Error(token.offset, problem);
  }

  /// \brief An error: the token here is not allowed here.
  arrow::Status Unexpected(const char* expected) const;

 private:
  bool Match(bool matches) {
    if (matches) Advance();
    return matches;
  }

  std::string_view filter_;
  std::vector<Token> tokens_;
  FilterGrammar grammar_;
  size_t index_ = 0;
};

}  // namespace metaxy::internal
