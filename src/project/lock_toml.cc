#include "project/lock_toml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include "config/toml_writer.h"
#include "json/float_text.h"

namespace metaxy::internal {

namespace {

bool IsInToml(const Json& value) {
  if (!value.is_integer()) return !value.is_null();
  const std::string& digits = value.as_integer().digits;
  int64_t number = 0;
  return std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc();
}

Json WithoutWhatTomlLacks(const Json& value) {
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) {
      if (IsInToml(item)) items.push_back(WithoutWhatTomlLacks(item));
    }
    return items;
  }
  if (!value.is_object()) return value;
  Json::Object members;
  for (const auto& [key, member] : value.as_object()) {
    if (IsInToml(member)) members.emplace_back(key, WithoutWhatTomlLacks(member));
  }
  return members;
}

// A list of tables, written as `[[header]]` each, where headers are allowed.
bool IsTableList(const Json& value) {
  return value.is_array() && !value.as_array().empty() &&
         std::all_of(value.as_array().begin(), value.as_array().end(),
                     [](const Json& item) { return item.is_object(); });
}

using Members = std::vector<const std::pair<std::string, Json>*>;

Members InOrder(const Json::Object& table) {
  Members members;
  for (const auto& member : table) members.push_back(&member);
  return members;
}

Members ByKey(const Json::Object& table) {
  Members members = InOrder(table);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto* a, const auto* b) { return a->first < b->first; });
  return members;
}

// Tables after everything else, both by key.
Members TablesLast(const Json::Object& table) {
  Members members = ByKey(table);
  std::stable_partition(members.begin(), members.end(),
                        [](const auto* member) { return !member->second.is_object(); });
  return members;
}

std::string InlineValue(const Json& value, bool sort_keys);

std::string InlineTable(const Members& members, const char* separator, bool sort_keys) {
  std::string items;
  for (const auto* member : members) {
    items += (items.empty() ? "" : separator) + TomlKey(member->first) + " = " +
             InlineValue(member->second, sort_keys);
  }
  return "{" + items + "}";
}

// tomlkit lays out a table that is an item of a list differently from one that is a member of a
// table, and does not sort what is in a list within a list.
std::string InlineItem(const Json& item, bool sort_keys) {
  if (item.is_array()) return InlineValue(item, false);
  if (!item.is_object()) return InlineValue(item, sort_keys);
  const Json::Object& table = item.as_object();
  return InlineTable(sort_keys ? ByKey(table) : InOrder(table), ", ", sort_keys);
}

std::string InlineValue(const Json& value, bool sort_keys) {
  if (value.is_string()) return TomlString(value.as_string());
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_integer()) return value.as_integer().digits;
  if (value.is_double()) return PythonFloatText(value.as_double());
  if (value.is_object()) {
    const Json::Object& table = value.as_object();
    return InlineTable(sort_keys ? TablesLast(table) : InOrder(table), ",", sort_keys);
  }
  std::string items;
  for (const Json& item : value.as_array())
    items += (items.empty() ? "" : ", ") + InlineItem(item, sort_keys);
  return "[" + items + "]";
}

// The members of a table, and the blank lines between them as tomlkit produces them: a table is
// preceded by one if it follows anything, a list of tables if it follows something when all
// non-tables are taken in key order.
class TableWriter {
 public:
  explicit TableWriter(std::string* text) : text_(*text) {}

  void WriteBody(const Json::Object& table, const std::string& path) {
    const Members members = TablesLast(table);
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
  TableWriter(&text).WriteBody(WithoutWhatTomlLacks(table).as_object(), "");
  return text;
}

}  // namespace metaxy::internal
