#include "config/toml_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "float_text.h"

namespace metaxy::internal {

std::string TomlString(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\b':
        result += "\\b";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\f':
        result += "\\f";
        break;
      case '\r':
        result += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

std::string TomlKey(const std::string& key) {
  bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '_' || c == '-');
  });
  return bare ? key : TomlString(key);
}

namespace {

bool IsTableList(const Json& value) {
  if (!value.is_array() || value.as_array().empty()) return false;
  return std::all_of(value.as_array().begin(), value.as_array().end(),
                     [](const Json& item) { return item.is_object(); });
}

std::string InlineValue(const Json& value) {
  if (value.is_string()) return TomlString(value.as_string());
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_integer()) return value.as_integer().digits;
  if (value.is_double()) return PythonFloatText(value.as_double());
  std::string items;
  if (value.is_array()) {
    for (const Json& item : value.as_array()) {
      if (!item.is_null()) items += (items.empty() ? "" : ", ") + InlineValue(item);
    }
    return "[" + items + "]";
  }
  for (const auto& [key, member] : value.as_object()) {
    if (!member.is_null())
      items += (items.empty() ? "" : ", ") + TomlKey(key) + " = " + InlineValue(member);
  }
  return items.empty() ? "{}" : "{ " + items + " }";
}

bool HasValues(const Json& table) {
  return std::any_of(table.as_object().begin(), table.as_object().end(), [](const auto& member) {
    return !member.second.is_null() && !member.second.is_object() && !IsTableList(member.second);
  });
}

void WriteHeader(const std::string& header, std::string* text) {
  if (!text->empty()) *text += "\n";
  *text += header + "\n";
}

void WriteTable(const Json& table, const std::string& path, std::string* text) {
  for (const auto& [key, value] : table.as_object()) {
    if (value.is_null() || value.is_object() || IsTableList(value)) continue;
    *text += TomlKey(key) + " = " + InlineValue(value) + "\n";
  }
  for (const auto& [key, value] : table.as_object()) {
    std::string below = path.empty() ? TomlKey(key) : path + "." + TomlKey(key);
    if (value.is_object()) {
      // A table of tables needs no header of its own.
      if (HasValues(value) || value.as_object().empty()) WriteHeader("[" + below + "]", text);
      WriteTable(value, below, text);
    } else if (IsTableList(value)) {
      for (const Json& item : value.as_array()) {
        WriteHeader("[[" + below + "]]", text);
        WriteTable(item, below, text);
      }
    }
  }
}

}  // namespace

std::string WriteToml(const Json& table) {
  std::string text;
  WriteTable(table, "", &text);
  return text;
}

}  // namespace metaxy::internal
