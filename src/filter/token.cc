#include "filter/token.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

// What ends a word. The quotes are among them, so that x'y' is two tokens.
constexpr std::string_view kSigns = "()[]{}&^:,.-=><%!|+;/\\*~?@#'`\"";

// Two-character signs that form one operator. All other SQL operators are refused, however they are
// split.
constexpr std::array<std::string_view, 5> kLongSigns = {"==", "!=", "<>", "<=", ">="};

constexpr std::array<std::string_view, 8> kSpaces = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
                                                     "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                                                     "\xE2\x81\x9F", "\xE3\x80\x80"};

// The byte length of the white space character (as defined by Python) at the start of `text`; 0 if
// it is a different one.
size_t SpaceAt(std::string_view text) {
  if (text.empty()) return 0;
  const char c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f')) return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  for (std::string_view space : kSpaces) {
    if (text.substr(0, space.size()) == space) return space.size();
  }
  // U+2000 to U+200A, spaces of several widths.
  const bool sized = text.size() >= 3 && text.substr(0, 2) == "\xE2\x80" &&
                     static_cast<unsigned char>(text[2]) <= 0x8A;
  return sized ? 3 : 0;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view filter) : filter_(filter) {}

  arrow::Result<std::vector<Token>> Run() {
    while (at_ < filter_.size()) {
      if (const size_t space = SpaceAt(Rest()); space > 0) {
        at_ += space;
      } else {
        ARROW_RETURN_NOT_OK(Next());
      }
    }
    tokens_.push_back({TokenKind::kEnd, "", at_});
    return std::move(tokens_);
  }

 private:
  std::string_view Rest() const { return filter_.substr(at_); }
  bool StartsWith(std::string_view prefix) const {
    return Rest().substr(0, prefix.size()) == prefix;
  }

  void Add(TokenKind kind, size_t size) {
    tokens_.push_back({kind, std::string(filter_.substr(at_, size)), at_});
    at_ += size;
  }

  arrow::Status Next() {
    const char c = filter_[at_];
    if (IsDigit(c)) return Number();
    if (c == '\'')
      return Quoted(TokenKind::kText, "the string is not closed; write '' for a ' inside a string");
    if (c == '"') return Quoted(TokenKind::kQuotedName, "the quoted name is not closed");
    if (c == '@') return File();
    if (c == '`') {
      return FilterError(filter_, at_, "a name is quoted with \", not with `");
    }
    if (StartsWith("--") || StartsWith("/*") || StartsWith("{#")) return Comment();
    if (kSigns.find(c) != std::string_view::npos) {
      const bool is_long = std::any_of(kLongSigns.begin(), kLongSigns.end(),
                                       [&](std::string_view sign) { return StartsWith(sign); });
      Add(TokenKind::kSign, is_long ? 2 : 1);
      return arrow::Status::OK();
    }
    Word();
    return arrow::Status::OK();
  }

  void Word() {
    size_t size = 0;
    while (at_ + size < filter_.size() &&
           kSigns.find(filter_[at_ + size]) == std::string_view::npos &&
           SpaceAt(filter_.substr(at_ + size)) == 0) {
      ++size;
    }
    Add(TokenKind::kWord, size);
  }

  // A letter after a number starts a word, and no filter has a word there.
  arrow::Status Number() {
    size_t end = at_;
    auto skip_digits = [&] {
      while (end < filter_.size() && IsDigit(filter_[end])) ++end;
    };
    skip_digits();
    if (end < filter_.size() && filter_[end] == '.') {
      ++end;
      skip_digits();
    }
    if (end < filter_.size() && (filter_[end] == 'e' || filter_[end] == 'E')) {
      size_t digits = end + 1;
      if (digits < filter_.size() && (filter_[digits] == '+' || filter_[digits] == '-')) ++digits;
      if (digits < filter_.size() && IsDigit(filter_[digits])) {
        end = digits;
        skip_digits();
      }
    }
    Add(TokenKind::kNumber, end - at_);
    return arrow::Status::OK();
  }

  arrow::Status Quoted(TokenKind kind, const char* problem) {
    const char quote = filter_[at_];
    std::string text;
    for (size_t i = at_ + 1; i < filter_.size(); ++i) {
      if (filter_[i] != quote) {
        text += filter_[i];
      } else if (i + 1 < filter_.size() && filter_[i + 1] == quote) {
        text += quote;
        ++i;
      } else {
        tokens_.push_back({kind, std::move(text), at_});
        at_ = i + 1;
        return arrow::Status::OK();
      }
    }
    return FilterError(filter_, at_, problem);
  }

  // A path ends at a space, a closing bracket or a semicolon, unless it is quoted.
  arrow::Status File() {
    if (StartsWith("@'")) {
      const size_t start = at_++;
      ARROW_RETURN_NOT_OK(Quoted(TokenKind::kFile, "the path is not closed"));
      tokens_.back().offset = start;
      return arrow::Status::OK();
    }
    const size_t begin = at_ + 1;
    size_t end = begin;
    while (end < filter_.size() && SpaceAt(filter_.substr(end)) == 0 &&
           std::string_view(")];").find(filter_[end]) == std::string_view::npos) {
      ++end;
    }
    tokens_.push_back({TokenKind::kFile, std::string(filter_.substr(begin, end - begin)), at_});
    at_ = end;
    return arrow::Status::OK();
  }

  arrow::Status Comment() {
    if (!tokens_.empty() && tokens_.back().text == ";" && tokens_.back().kind == TokenKind::kSign) {
      return FilterError(filter_, at_, "nothing may follow the semicolon, not even a comment");
    }
    if (StartsWith("{#")) return BlockComment("{#", "#}");
    if (StartsWith("/*")) return BlockComment(StartsWith("/*+") ? "/*+" : "/*", "*/");
    at_ = std::min(filter_.find_first_of("\n\r", at_), filter_.size());
    return arrow::Status::OK();
  }

  // Comments nest, but one that starts right where another one has just started does not count.
  // That is how the reference reads them.
  arrow::Status BlockComment(std::string_view start, std::string_view end) {
    size_t i = at_ + start.size();
    for (int open = 1; i < filter_.size();) {
      const std::string_view rest = filter_.substr(i);
      if (rest.substr(0, end.size()) == end && --open == 0) {
        at_ = i + end.size();
        return arrow::Status::OK();
      }
      ++i;
      if (start.size() == end.size() && filter_.substr(i, start.size()) == start) {
        i += start.size();
        ++open;
      }
    }
    return FilterError(filter_, at_, "the comment is not closed");
  }

  std::string_view filter_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

arrow::Result<std::vector<Token>> Tokenize(std::string_view filter) {
  arrow::util::InitializeUTF8();
  if (!arrow::util::ValidateUTF8(filter)) {
    return MakeError(ErrorCode::kFilterParse,
                     "cannot read a filter that is not valid UTF-8; convert it to UTF-8");
  }
  return Tokenizer(filter).Run();
}

arrow::Status FilterError(std::string_view filter, size_t offset, const std::string& problem) {
  size_t line = 1;
  size_t column = 1;
  for (char c : filter.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  const std::string place = line == 1 ? fmt::format("column {}", column)
                                      : fmt::format("line {}, column {}", line, column);
  return MakeError(ErrorCode::kFilterParse, fmt::format("cannot read the filter {} at {}: {}",
                                                        Quote(filter), place, problem));
}

std::string_view StripSpace(std::string_view text) {
  while (const size_t space = SpaceAt(text)) text.remove_prefix(space);
  for (size_t size = 1; size <= std::min<size_t>(3, text.size());) {
    if (SpaceAt(text.substr(text.size() - size)) == size) {
      text.remove_suffix(size);
      size = 1;
    } else {
      ++size;
    }
  }
  return text;
}

std::string ToUpper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool IsKeyword(std::string_view word, std::string_view keyword) {
  return word.size() == keyword.size() && ToUpper(word) == keyword;
}

}  // namespace metaxy::internal
