#include "json/yaml_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "json/float_text.h"

namespace metaxy {

namespace {

bool All(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// Words that are booleans or null in YAML 1.1, in the three spellings it accepts.
bool IsWord(std::string_view text) {
  constexpr std::array kWords = {"yes", "no", "true", "false", "on", "off", "null"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    std::string spelling(word);
    if (text == spelling) return true;
    spelling[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(spelling[0])));
    if (text == spelling) return true;
    for (char& c : spelling) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text == spelling;
  });
}

bool IsInteger(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  if (text == "0") return true;
  if (text[0] != '0') return All(text, "0123456789_");
  std::string_view rest = text.substr(1);
  if (rest[0] == 'b') return rest.size() > 1 && All(rest.substr(1), "01_");
  if (rest[0] == 'x') return rest.size() > 1 && All(rest.substr(1), "0123456789abcdefABCDEF_");
  return All(rest, "01234567_");
}

// Only letters, digits and characters that have no meaning at the start or end of a YAML scalar;
// with a dot or a colon it could be a number.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-";
  return !text.empty() && text[0] != '-' && All(text, kSafe) && !IsWord(text) && !IsInteger(text);
}

std::string Scalar(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  const bool has_control = std::any_of(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f || c >= 0x80; });
  // JSON strings are valid double-quoted YAML strings.
  if (has_control) return Json(text).DumpPython();
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string FlowValue(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_integer()) return value.as_integer().digits;
  if (value.is_double()) return PythonFloatText(value.as_double());
  if (value.is_string()) return Scalar(value.as_string());
  return value.is_array() ? "[]" : "{}";
}

bool IsBlock(const Json& value) {
  return (value.is_array() && !value.as_array().empty()) ||
         (value.is_object() && !value.as_object().empty());
}

// `first` replaces the indentation of the first line.
void Write(const Json& value, size_t indent, std::string first, std::string* text) {
  if (!IsBlock(value)) {
    *text += first + FlowValue(value) + "\n";
    return;
  }
  const std::string margin(indent, ' ');
  if (value.is_array()) {
    for (const Json& item : value.as_array()) {
      Write(item, indent + 2, first + "- ", text);
      first = margin;
    }
    return;
  }
  for (const auto& [key, member] : value.as_object()) {
    *text += first + Scalar(key) + ":";
    first = margin;
    if (!IsBlock(member)) {
      *text += " " + FlowValue(member) + "\n";
    } else {
      *text += "\n";
      // List items are indented like the key.
      const size_t inner = member.is_array() ? indent : indent + 2;
      Write(member, inner, std::string(inner, ' '), text);
    }
  }
}

}  // namespace

std::string YamlText(const Json& value) {
  std::string text;
  Write(value, 0, "", &text);
  return text;
}

}  // namespace metaxy
