#include "config/toml_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The end of the string that starts at `start`; an unterminated single-line string ends with the
// line.
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

// The first non-ASCII character of the word that starts at `start`, or npos. In a number the
// library treats quotes like any other character.
size_t FindNonAsciiInWord(std::string_view text, size_t start) {
  size_t end = std::min(text.find_first_of(" \t\r\n,]}#", start), text.size());
  for (size_t i = start; i < end; ++i) {
    if (!IsAscii(text[i])) return i;
  }
  return std::string_view::npos;
}

// An error in a text, and its position.
struct Problem {
  size_t offset;
  std::string_view what;
};

constexpr std::string_view kBare =
    "only strings and comments may contain non-ASCII characters; put the value in quotes";
constexpr std::string_view kNoEscape =
    "a backslash is followed by a non-ASCII character; write \\\\ for a backslash";

// Calls `on_string(begin, end)` for each string; returns the first error outside of them.
template <typename OnString>
std::optional<Problem> WalkToml(std::string_view text, OnString on_string) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  bool has_mark = text.substr(0, kByteOrderMark.size()) == kByteOrderMark;
  size_t i = has_mark ? kByteOrderMark.size() : 0;
  while (i < text.size()) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      const size_t end = EndOfString(text, i);
      if (const auto problem = on_string(i, end)) return problem;
      i = end;
    } else if (!IsAscii(text[i])) {
      return Problem{i, kBare};
    } else {
      size_t in_number =
          StartsNumber(text, i) ? FindNonAsciiInWord(text, i) : std::string_view::npos;
      if (in_number != std::string_view::npos) return Problem{in_number, kBare};
      ++i;
    }
  }
  return std::nullopt;
}

// The code point of the well-formed UTF-8 sequence at the start of `text`, and its length; length 0
// if there is none.
std::pair<uint32_t, size_t> Decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC0 || text.size() < length) return {0, 0};
  uint32_t code = first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {0, 0};
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return {code, length};
}

// Copies strings with escapes (those in double quotes) and rewrites what the library cannot handle
// there.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) { result_.reserve(text.size()); }

  std::optional<Problem> String(size_t begin, size_t end) {
    if (text_[begin] != '"') return std::nullopt;
    for (size_t i = begin; i + 1 < end; ++i) {
      if (text_[i] != '\\') continue;
      ++i;
      if (!IsAscii(text_[i])) return Problem{i, kNoEscape};
      constexpr std::string_view kBlank = " \t\r\n";
      if (kBlank.find(text_[i]) == std::string_view::npos) continue;
      i = text_.find_first_not_of(kBlank, i);
      if (i == std::string_view::npos || i >= end) break;
      if (!IsAscii(text_[i])) Escape(i);
      --i;  // the following character may start another escape
    }
    return std::nullopt;
  }

  std::string Finish() && { return std::move(result_.append(text_.substr(copied_))); }

 private:
  void Escape(size_t at) {
    const auto [code, length] = Decode(text_.substr(at));
    if (length == 0) return;  // The library rejects it.
    result_.append(text_.substr(copied_, at - copied_));
    result_ += fmt::format("\\U{:08X}", code);
    copied_ = at + length;
  }

  std::string_view text_;
  std::string result_;
  size_t copied_ = 0;
};

}  // namespace

arrow::Result<std::string> PrepareToml(std::string_view text, const std::string& name) {
  Rewriter rewriter(text);
  const std::optional<Problem> problem =
      WalkToml(text, [&rewriter](size_t begin, size_t end) { return rewriter.String(begin, end); });
  if (!problem) return std::move(rewriter).Finish();
  std::string_view line_start = text.substr(0, problem->offset);
  auto line = 1 + std::count(line_start.begin(), line_start.end(), '\n');
  size_t newline = line_start.rfind('\n');
  if (newline != std::string_view::npos) line_start.remove_prefix(newline + 1);
  auto column = 1 + std::count_if(line_start.begin(), line_start.end(),
                                  [](char c) { return !IsContinuation(c); });
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("{}:{}:{}: not valid TOML: {}", name, line, column, problem->what));
}

}  // namespace metaxy::internal
