#include "cli/output/text_escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace metaxy::cli {

namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Marks at least one byte if one of the eight is below `limit`; none if none is. Non-ASCII bytes
// must have been ruled out.
constexpr uint64_t AnyBelow(uint64_t word, uint64_t limit) {
  return (word - kOnes * limit) & ~word & kHighBits;
}
constexpr uint64_t AnyEqual(uint64_t word, char byte) {
  return AnyBelow(word ^ (kOnes * static_cast<unsigned char>(byte)), 1);
}

// Whether a word of eight bytes can be copied verbatim.
template <bool kJson>
bool IsPlain(uint64_t word) {
  if constexpr (kJson) {
    return ((word & kHighBits) | AnyBelow(word, 0x20) | AnyEqual(word, '"') |
            AnyEqual(word, '\\')) == 0;
  }
  return (word & kHighBits) == 0;
}

template <bool kJson>
bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if constexpr (kJson) return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
  return byte < 0x80;
}

// The length in bytes of the non-ASCII character at the start of `text`; 0 if it is not valid
// UTF-8.
size_t LengthOfCharacter(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t lead = byte(0);
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and values past the last code point.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

char* WriteEscape(char c, char* out) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  constexpr std::string_view kHex = "0123456789abcdef";
  *out++ = '\\';
  if (const size_t found = kShort.find(c); found != std::string_view::npos) {
    *out++ = kLetters[found];
    return out;
  }
  const auto byte = static_cast<unsigned char>(c);
  for (const char digit : {'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}) *out++ = digit;
  return out;
}

// A special character becomes at most six bytes; `out` has space for that.
template <bool kJson>
char* WriteSpecial(std::string_view text, size_t* i, char* out) {
  if (static_cast<unsigned char>(text[*i]) < 0x80) return WriteEscape(text[(*i)++], out);
  const size_t length = LengthOfCharacter(text.substr(*i));
  const std::string_view character = length == 0 ? kReplacement : text.substr(*i, length);
  *i += std::max<size_t>(length, 1);
  std::memcpy(out, character.data(), character.size());
  return out + character.size();
}

template <bool kJson>
void AppendEscaped(std::string_view text, TextBuffer* out) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr size_t kLongest = 6;
  constexpr size_t kQuotes = 2;
  size_t i = 0;
  char* end = out->Reserve(text.size() + kQuotes + kLongest);
  if (kJson) *end++ = '"';
  while (i < text.size()) {
    uint64_t word;
    while (i + kWord <= text.size() &&
           (std::memcpy(&word, text.data() + i, kWord), IsPlain<kJson>(word))) {
      std::memcpy(end, &word, kWord);
      end += kWord;
      i += kWord;
    }
    // The rest of the text, or the part before the next special character.
    while (i < text.size() && IsPlain<kJson>(text[i])) *end++ = text[i++];
    while (i < text.size() && !IsPlain<kJson>(text[i])) {
      out->Advance(end);
      end = out->Reserve(text.size() - i + kQuotes + kLongest);
      end = WriteSpecial<kJson>(text, &i, end);
    }
  }
  if (kJson) *end++ = '"';
  out->Advance(end);
}

}  // namespace

void AppendJsonText(std::string_view text, TextBuffer* out) { AppendEscaped<true>(text, out); }

void AppendPlainText(std::string_view text, TextBuffer* out) { AppendEscaped<false>(text, out); }

void QuoteForCsv(size_t begin, TextBuffer* out) {
  const char* text = out->data() + begin;
  const size_t size = out->size() - begin;
  const auto quotes = static_cast<size_t>(std::count(text, text + size, '"'));
  // From the end, so that nothing is overwritten before it is moved.
  char* to = out->Reserve(quotes + 2) + quotes + 2;
  out->Advance(to);
  const char* from = out->data() + begin + size;
  *--to = '"';
  if (quotes == 0) {
    std::memmove(out->data() + begin + 1, out->data() + begin, size);
    out->data()[begin] = '"';
    return;
  }
  while (from != out->data() + begin) {
    *--to = *--from;
    if (*from == '"') *--to = '"';
  }
  *--to = '"';
}

}  // namespace metaxy::cli
