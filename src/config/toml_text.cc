#include "config/toml_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>

#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The end of the string that starts at `start`; a string on one line that is not closed ends with
// the line.
size_t EndOfString(std::string_view text, size_t start) {
  char quote = text[start];
  const std::string three(3, quote);
  bool is_long = text.substr(start, 3) == three;
  for (size_t i = start + (is_long ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (!is_long && (text[i] == quote || text[i] == '\n')) {
      return i + 1;
    } else if (is_long && text.substr(i, 3) == three) {
      // Up to two quotes before the closing ones belong to the string.
      size_t last = std::min(i + 5, text.size());
      for (i += 3; i < last && text[i] == quote;) ++i;
      return i;
    }
  }
  return text.size();
}

// Whether a number (or a bare key that looks like one) starts at `i`.
bool StartsNumber(std::string_view text, size_t i) {
  bool is_numeric = (text[i] >= '0' && text[i] <= '9') || text[i] == '+' || text[i] == '-';
  constexpr std::string_view kBefore = " \t\r\n=[{,";
  return is_numeric && (i == 0 || kBefore.find(text[i - 1]) != std::string_view::npos);
}

// The first character that is not ASCII of the word that starts at `start`, or npos. In a number
// the library looks at quotes as at any other character.
size_t FindNonAsciiInWord(std::string_view text, size_t start) {
  size_t end = std::min(text.find_first_of(" \t\r\n,]}#", start), text.size());
  for (size_t i = start; i < end; ++i) {
    if (!IsAscii(text[i])) return i;
  }
  return std::string_view::npos;
}

size_t FindBareNonAscii(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  bool has_mark = text.substr(0, kByteOrderMark.size()) == kByteOrderMark;
  size_t i = has_mark ? kByteOrderMark.size() : 0;
  while (i < text.size()) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      i = EndOfString(text, i);
    } else if (!IsAscii(text[i])) {
      return i;
    } else {
      size_t in_number =
          StartsNumber(text, i) ? FindNonAsciiInWord(text, i) : std::string_view::npos;
      if (in_number != std::string_view::npos) return in_number;
      ++i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

arrow::Status CheckTomlCharacters(std::string_view text, const std::string& name) {
  size_t offset = FindBareNonAscii(text);
  if (offset == std::string_view::npos) return arrow::Status::OK();
  std::string_view line_start = text.substr(0, offset);
  auto line = 1 + std::count(line_start.begin(), line_start.end(), '\n');
  size_t newline = line_start.rfind('\n');
  if (newline != std::string_view::npos) line_start.remove_prefix(newline + 1);
  auto column = 1 + std::count_if(line_start.begin(), line_start.end(),
                                  [](char c) { return !IsContinuation(c); });
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("{}:{}:{}: not valid TOML: only strings and comments may have "
                               "characters that are not ASCII; put the text in quotes",
                               name, line, column));
}

}  // namespace metaxy::internal
