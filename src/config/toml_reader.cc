#include "config/toml_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "config/toml_text.h"
#include "metaxy/errors.h"

// The library asserts what it has not checked: `[[:` aborts a debug build and is undefined
// behaviour in an optimised one. As an exception it is just another form of invalid TOML. Where the
// library says noexcept, nothing depends on the input.
#undef NDEBUG
#define TOML_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : throw std::logic_error("not valid TOML"))
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wterminate"
#endif
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace metaxy::internal {

namespace {

std::string DateString(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string TimeString(const toml::time& time) {
  std::string text = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
  // Microseconds, all six digits or none, as Python's isoformat().
  if (uint32_t microseconds = time.nanosecond / 1000; microseconds > 0)
    text += fmt::format(".{:06}", microseconds);
  return text;
}

std::string DateTimeText(const toml::date_time& value) {
  std::string text = DateString(value.date) + "T" + TimeString(value.time);
  if (!value.offset) return text;
  int minutes = value.offset->minutes;
  if (minutes == 0) return text + "Z";
  int size = minutes < 0 ? -minutes : minutes;
  return text + fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

class Converter {
 public:
  explicit Converter(const std::string& name) : place_(std::make_shared<const std::string>(name)) {}

  SourceValue Convert(const toml::node& node) const {
    Origin origin = OriginOf(node);
    switch (node.type()) {
      case toml::node_type::table:
        return ConvertTable(*node.as_table(), std::move(origin));
      case toml::node_type::array: {
        SourceValue::Array items;
        for (const toml::node& item : *node.as_array()) items.push_back(Convert(item));
        return SourceValue(std::move(items), std::move(origin));
      }
      case toml::node_type::string:
        return SourceValue(Json(node.as_string()->get()), std::move(origin));
      case toml::node_type::integer:
        return SourceValue(Json(node.as_integer()->get()), std::move(origin));
      case toml::node_type::floating_point:
        return SourceValue(Json(node.as_floating_point()->get()), std::move(origin));
      case toml::node_type::boolean:
        return SourceValue(Json(node.as_boolean()->get()), std::move(origin));
      case toml::node_type::date:
        return SourceValue(Json(DateString(node.as_date()->get())), std::move(origin));
      case toml::node_type::time:
        return SourceValue(Json(TimeString(node.as_time()->get())), std::move(origin));
      case toml::node_type::date_time:
        return SourceValue(Json(DateTimeText(node.as_date_time()->get())), std::move(origin));
      default:
        return SourceValue(Json(), std::move(origin));
    }
  }

 private:
  Origin At(const toml::source_position& place) const {
    return {place_, static_cast<int>(place.line), static_cast<int>(place.column)};
  }
  Origin OriginOf(const toml::node& node) const { return At(node.source().begin); }

  // The library keeps tables sorted by name; their order in the file is that of their positions.
  SourceValue ConvertTable(const toml::table& table, Origin origin) const {
    struct Entry {
      toml::source_position place;
      std::string key;
      SourceValue value;
    };
    std::vector<Entry> entries;
    for (auto&& [key, node] : table) {
      entries.push_back({key.source().begin, std::string(key.str()), Convert(node)});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.place < b.place; });
    SourceValue::Object members;
    for (Entry& entry : entries) {
      members.emplace_back(std::move(entry.key),
                           WithOrigin(std::move(entry.value), At(entry.place)));
    }
    return SourceValue(std::move(members), std::move(origin));
  }

  // The position of a value is that of its key: that is what a user looks for.
  static SourceValue WithOrigin(SourceValue value, Origin origin) {
    if (origin.line == 0) return value;
    if (value.is_object()) return SourceValue(std::move(value.members()), std::move(origin));
    if (value.is_array()) return SourceValue(std::move(value.items()), std::move(origin));
    return SourceValue(value.scalar(), std::move(origin));
  }

  std::shared_ptr<const std::string> place_;
};

arrow::Status SyntaxError(const std::string& name, const toml::parse_error& error) {
  std::string what(error.description());
  for (char& c : what) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("{}:{}:{}: not valid TOML: {}", name, error.source().begin.line,
                               error.source().begin.column, what));
}

}  // namespace

arrow::Result<SourceValue> ParseToml(std::string_view text, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const std::string prepared, PrepareToml(text, name));
  try {
    toml::table table = toml::parse(prepared, name);
    return Converter(name).Convert(table);
  } catch (const toml::parse_error& error) {
    return SyntaxError(name, error);
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInvalidConfig,
                     fmt::format("{}: cannot be read: {}", name, error.what()));
  }
}

arrow::Result<SourceValue> ReadToml(const std::filesystem::path& path) {
  ARROW_ASSIGN_OR_RAISE(std::string text, ReadTextFile(path));
  return ParseToml(text, path.string());
}

arrow::Result<std::string> ReadTextFile(const std::filesystem::path& path) {
  auto failure = [&path](const std::string& reason) {
    return MakeError(ErrorCode::kInvalidConfig,
                     fmt::format("cannot read {}: {}", path.string(), reason));
  };
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) return failure("it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(errno != 0 ? std::strerror(errno) : "it cannot be opened");
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return failure(errno != 0 ? std::strerror(errno) : "reading failed midway");
  return std::move(text).str();
}

}  // namespace metaxy::internal
