#include "base/quote.h"

#include <cstddef>

#include "base/utf8.h"

namespace metaxy {

namespace {

constexpr size_t kMaxLength = 200;
constexpr size_t kKept = 80;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

void AppendEscaped(std::string_view text, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  // A message is valid text even if the user's value is not.
  const bool is_text = IsUtf8(text);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      *out += "\\n";
    } else if (c == '\t') {
      *out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_text)) {
      *out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      *out += c;
    }
  }
}

}  // namespace

std::string Quote(std::string_view text) {
  std::string out = "'";
  if (text.size() <= kMaxLength) {
    AppendEscaped(text, &out);
  } else {
    // Multi-byte characters are not split.
    size_t head = kKept;
    while (head > 0 && IsContinuation(text[head])) --head;
    size_t tail = text.size() - kKept;
    while (tail < text.size() && IsContinuation(text[tail])) ++tail;
    AppendEscaped(text.substr(0, head), &out);
    out += "...";
    AppendEscaped(text.substr(tail), &out);
  }
  return out + "'";
}

}  // namespace metaxy
