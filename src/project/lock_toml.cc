#include "project/lock_toml.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/toml_writer.h"
#include "float_text.h"

namespace metaxy::internal {

namespace {

Json WithoutNulls(const Json& value) {
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) {
      if (!item.is_null()) items.push_back(WithoutNulls(item));
    }
    return items;
  }
  if (!value.is_object()) return value;
  Json::Object members;
  for (const auto& [key, member] : value.as_object()) {
    if (!member.is_null()) members.emplace_back(key, WithoutNulls(member));
  }
  return members;
}

// A list of tables, which stands as `[[header]]` for each where headers can stand.
bool IsTableList(const Json& value) {
  return value.is_array() && !value.as_array().empty() &&
         std::all_of(value.as_array().begin(), value.as_array().end(),
                     [](const Json& item) { return item.is_object(); });
}

using Members = std::vector<const std::pair<std::string, Json>*>;

// Tables after everything else; by key, unless the order is to stay.
Members Ordered(const Json::Object& table, bool sort_keys) {
  Members members;
  for (const auto& member : table) members.push_back(&member);
  std::stable_sort(members.begin(), members.end(), [sort_keys](const auto* a, const auto* b) {
    if (a->second.is_object() != b->second.is_object()) return b->second.is_object();
    return sort_keys && a->first < b->first;
  });
  return members;
}

std::string InlineValue(const Json& value, bool sort_keys);

std::string InlineList(const Json::Array& list, bool sort_keys) {
  std::string items;
  for (const Json& item : list) {
    // What is in a list within a list keeps its order.
    const bool sort_item = sort_keys && !item.is_array();
    items += (items.empty() ? "" : ", ") + InlineValue(item, sort_item);
  }
  return "[" + items + "]";
}

std::string InlineTable(const Json::Object& table, bool sort_keys) {
  std::string items;
  for (const auto* member : Ordered(table, sort_keys)) {
    items += (items.empty() ? "" : ", ") + TomlKey(member->first) + " = " +
             InlineValue(member->second, sort_keys);
  }
  return "{" + items + "}";
}

std::string InlineValue(const Json& value, bool sort_keys) {
  if (value.is_string()) return TomlString(value.as_string());
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_integer()) return value.as_integer().digits;
  if (value.is_double()) return PythonFloatText(value.as_double());
  if (value.is_array()) return InlineList(value.as_array(), sort_keys);
  return InlineTable(value.as_object(), sort_keys);
}

// The members of a table, and the blank lines between them as they come about in tomlkit: a table
// is set off by one if it follows anything, a list of tables if it follows something when all that
// is not a table is taken in the order of keys.
class TableWriter {
 public:
  explicit TableWriter(std::string* text) : text_(*text) {}

  void WriteBody(const Json::Object& table, const std::string& path) {
    const Members members = Ordered(table, true);
    for (const auto* member : members) {
      if (member->second.is_object() || IsTableList(member->second)) continue;
      text_ += TomlKey(member->first) + " = " + InlineValue(member->second, true) + "\n";
    }
    for (size_t i = 0; i < members.size(); ++i) {
      const auto& [key, value] = *members[i];
      const std::string below = path.empty() ? TomlKey(key) : path + "." + TomlKey(key);
      if (value.is_object()) {
        WriteTable(value.as_object(), below, i > 0);
      } else if (IsTableList(value)) {
        WriteTableList(value.as_array(), below, i > 0);
      }
    }
  }

 private:
  void WriteTable(const Json::Object& table, const std::string& path, bool set_off) {
    if (set_off) text_ += "\n";
    const bool only_tables = std::all_of(table.begin(), table.end(), [](const auto& member) {
      return member.second.is_object() || IsTableList(member.second);
    });
    // A table of tables needs no header of its own.
    if (table.empty() || !only_tables) text_ += "[" + path + "]\n";
    WriteBody(table, path);
  }

  void WriteTableList(const Json::Array& list, const std::string& path, bool set_off) {
    for (const Json& item : list) {
      if (set_off) text_ += "\n";
      text_ += "[[" + path + "]]\n";
      WriteBody(item.as_object(), path);
      set_off = !item.as_object().empty();
    }
  }

  std::string& text_;
};

}  // namespace

std::string WriteLockToml(const Json& table) {
  std::string text;
  TableWriter(&text).WriteBody(WithoutNulls(table).as_object(), "");
  return text;
}

}  // namespace metaxy::internal
