#include "config/toml_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "json/float_text.h"

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

// The position of a table in the document: its name in headers, and the path of keys to it.
struct TablePlace {
  std::string name = {};
  std::vector<std::string> keys = {};

  TablePlace Below(const std::string& key) const {
    TablePlace below = *this;
    below.name += (name.empty() ? "" : ".") + TomlKey(key);
    below.keys.push_back(key);
    return below;
  }
  TablePlace At(size_t index) const {
    TablePlace at = *this;
    at.keys.push_back(std::to_string(index));
    return at;
  }
};

void WriteTable(const Json& table, const TablePlace& place, const TomlComment& comment,
                std::string* text) {
  for (const auto& [key, value] : table.as_object()) {
    if (value.is_null() || value.is_object() || IsTableList(value)) continue;
    *text += TomlKey(key) + " = " + InlineValue(value);
    if (comment) *text += "  # " + comment(place.Below(key).keys);
    *text += "\n";
  }
  for (const auto& [key, value] : table.as_object()) {
    const TablePlace below = place.Below(key);
    if (value.is_object()) {
      // A table of tables needs no header of its own.
      if (HasValues(value) || value.as_object().empty()) WriteHeader("[" + below.name + "]", text);
      WriteTable(value, below, comment, text);
    } else if (IsTableList(value)) {
      for (size_t i = 0; i < value.as_array().size(); ++i) {
        WriteHeader("[[" + below.name + "]]", text);
        WriteTable(value.as_array()[i], below.At(i), comment, text);
      }
    }
  }
}

}  // namespace

std::string WriteToml(const Json& table) { return WriteToml(table, nullptr); }

std::string WriteToml(const Json& table, const TomlComment& comment) {
  std::string text;
  WriteTable(table, {}, comment, &text);
  return text;
}

}  // namespace metaxy::internal
