// Json::Dump*: the resulting bytes are hashed and stored, so they follow Python's json and pydantic
// exactly.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/float_text.h"
#include "metaxy/json.h"

namespace metaxy {

namespace {

struct Style {
  std::string_view item_separator;
  std::string_view key_separator;
  bool ascii = false;  // everything but printable ASCII is escaped; floats as in Python
  bool sort_keys = false;
  bool exclude_none = false;
  int indent = -1;  // negative: on one line
};

constexpr uint32_t kReplacement = 0xFFFD;

// The code point that starts at `*offset`, which is advanced. Invalid UTF-8 gives U+FFFD for each
// byte.
uint32_t NextCodePoint(std::string_view text, size_t* offset) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t start = *offset;
  uint32_t lead = byte(start);
  size_t length = lead < 0x80   ? 1
                  : lead < 0xC2 ? 0
                  : lead < 0xE0 ? 2
                  : lead < 0xF0 ? 3
                  : lead < 0xF5 ? 4
                                : 0;
  *offset = start + 1;
  if (length == 1) return lead;
  if (length == 0 || start + length > text.size()) return kReplacement;
  uint32_t point = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(start + i) & 0xC0) != 0x80) return kReplacement;
    point = (point << 6) | (byte(start + i) & 0x3Fu);
  }
  bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return kReplacement;
  *offset = start + length;
  return point;
}

class Writer {
 public:
  explicit Writer(const Style& style) : style_(style) {}

  std::string Write(const Json& json) {
    Value(json, 0);
    return std::move(out_);
  }

 private:
  void Value(const Json& json, int level) {
    if (json.is_null()) {
      out_ += "null";
    } else if (json.is_bool()) {
      out_ += json.as_bool() ? "true" : "false";
    } else if (json.is_integer()) {
      out_ += json.as_integer().digits;
    } else if (json.is_double()) {
      Float(json.as_double());
    } else if (json.is_string()) {
      String(json.as_string());
    } else if (json.is_array()) {
      Array(json.as_array(), level);
    } else {
      Object(json.as_object(), level);
    }
  }

  void Array(const Json::Array& array, int level) {
    out_ += '[';
    for (size_t i = 0; i < array.size(); ++i) {
      Separator(i == 0, level + 1);
      Value(array[i], level + 1);
    }
    if (!array.empty()) NewLine(level);
    out_ += ']';
  }

  void Object(const Json::Object& object, int level) {
    std::vector<const Json::Object::value_type*> members;
    members.reserve(object.size());
    for (const auto& member : object) {
      if (!style_.exclude_none || !member.second.is_null()) members.push_back(&member);
    }
    if (style_.sort_keys) {
      // UTF-8 sorts by bytes in code point order.
      std::stable_sort(members.begin(), members.end(),
                       [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    out_ += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      Separator(i == 0, level + 1);
      String(members[i]->first);
      out_ += style_.key_separator;
      Value(members[i]->second, level + 1);
    }
    if (!members.empty()) NewLine(level);
    out_ += '}';
  }

  void Separator(bool first, int level) {
    if (!first) out_ += style_.item_separator;
    NewLine(level);
  }

  void NewLine(int level) {
    if (style_.indent < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(style_.indent) * static_cast<size_t>(level), ' ');
  }

  void Float(double value) {
    if (std::isfinite(value)) {
      out_ += style_.ascii ? PythonFloatText(value) : RustFloatText(value);
    } else if (!style_.ascii) {
      out_ += "null";
    } else if (std::isnan(value)) {
      out_ += "NaN";
    } else {
      out_ += value < 0 ? "-Infinity" : "Infinity";
    }
  }

  void String(std::string_view text) {
    out_ += '"';
    for (size_t i = 0; i < text.size();) {
      size_t start = i;
      uint32_t point = NextCodePoint(text, &i);
      if (!Escape(point)) out_ += text.substr(start, i - start);
    }
    out_ += '"';
  }

  // False if the character needs no escape.
  bool Escape(uint32_t point) {
    constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    if (point < 0x80) {
      size_t found = kShort.find(static_cast<char>(point));
      if (found != std::string_view::npos) {
        out_ += '\\';
        out_ += kLetters[found];
        return true;
      }
    }
    if (point >= 0x20 && !(style_.ascii && point > 0x7E)) {
      // Invalid UTF-8 must not be written verbatim.
      if (point != kReplacement) return false;
      out_ += "\xEF\xBF\xBD";
      return true;
    }
    if (point > 0xFFFF) {
      HexEscape(0xD800 + ((point - 0x10000) >> 10));
      HexEscape(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      HexEscape(point);
    }
    return true;
  }

  void HexEscape(uint32_t unit) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kHex[(unit >> shift) & 15];
  }

  Style style_;
  std::string out_;
};

}  // namespace

std::string Json::DumpPython(bool sort_keys) const {
  return Writer(
             {.item_separator = ", ", .key_separator = ": ", .ascii = true, .sort_keys = sort_keys})
      .Write(*this);
}

std::string Json::DumpCompact(bool exclude_none) const {
  return Writer({.item_separator = ",", .key_separator = ":", .exclude_none = exclude_none})
      .Write(*this);
}

std::string Json::DumpIndented(int indent) const {
  return Writer({.item_separator = ",", .key_separator = ": ", .ascii = true, .indent = indent})
      .Write(*this);
}

}  // namespace metaxy
