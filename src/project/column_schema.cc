#include "project/column_schema.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/system_columns.h"
#include "models/value_reader.h"

namespace metaxy {

namespace {

struct ColumnType {
  std::string_view name;
  std::string_view json_type;
  std::string_view format;
};

constexpr std::array<ColumnType, 17> kTypes = {{
    {"string", "string", ""},
    {"integer", "integer", ""},
    {"number", "number", ""},
    {"boolean", "boolean", ""},
    {"object", "object", ""},
    {"date", "string", "date"},
    {"datetime", "string", "date-time"},
    {"time", "string", "time"},
    {"duration", "string", "duration"},
    {"binary", "string", "binary"},
    // As in Python.
    {"str", "string", ""},
    {"int", "integer", ""},
    {"float", "number", ""},
    {"bool", "boolean", ""},
    {"dict", "object", ""},
    {"timedelta", "string", "duration"},
    {"bytes", "string", "binary"},
}};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "Frame Id" for "frame_id", as pydantic titles fields.
std::string TitleOf(const std::string& column) {
  std::string title;
  bool in_word = false;
  for (char c : column) {
    bool is_lower = c >= 'a' && c <= 'z';
    if (IsLetter(c) && is_lower != in_word) c = static_cast<char>(c ^ 0x20);
    in_word = IsLetter(c);
    title += c == '_' ? ' ' : c;
  }
  size_t first = title.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return title.substr(first, title.find_last_not_of(' ') - first + 1);
}

// The schema of a type's name without its title, or `std::nullopt`.
std::optional<Json> SchemaOfType(std::string_view type) {
  // Each pair of brackets is one level; nobody needs many, and a file parser must not recurse
  // without limit.
  constexpr std::string_view kList = "list[";
  constexpr int kMaxLists = 8;
  int lists = 0;
  while (lists < kMaxLists && type.substr(0, kList.size()) == kList && type.back() == ']') {
    type = type.substr(kList.size(), type.size() - kList.size() - 1);
    ++lists;
  }
  auto known = std::find_if(kTypes.begin(), kTypes.end(),
                            [&](const ColumnType& item) { return item.name == type; });
  if (known == kTypes.end()) return std::nullopt;
  Json schema = Json::Object{};
  if (!known->format.empty()) schema.Set("format", known->format);
  schema.Set("type", known->json_type);
  for (; lists > 0; --lists) schema = Json::Object{{"items", std::move(schema)}, {"type", "array"}};
  return schema;
}

void AddUnknownType(const std::string& type, const ValuePath& path, Problems* problems) {
  std::vector<std::string> known;
  for (const ColumnType& item : kTypes) known.emplace_back(item.name);
  problems->Add(
      path, "there is no type " + Quote(type) + DidYouMean(type, known) +
                "; use string, integer, number, boolean, object, date, datetime, time, duration, "
                "binary or list[...] of these, followed by `?` for a nullable column");
}

class SchemaBuilder {
 public:
  explicit SchemaBuilder(Problems* problems) : problems_(problems) {}

  void Add(const std::string& column, const Json* type, const ValuePath& path) {
    if (IsSystemColumn(column)) {
      problems_->Add(path, "is a column that metaxy adds itself; leave it out");
      return;
    }
    if (properties_.Find(column) != nullptr) {
      problems_->Add(path, "column " + Quote(column) + " is given twice");
      return;
    }
    bool is_required = true;
    Json property = Json::Object{};
    if (type != nullptr && type->is_object()) {
      property = *type;
      is_required = type->Find("default") == nullptr;
    } else if (type != nullptr) {
      property = Property(*type, path, &is_required);
    }
    if (property.Find("title") == nullptr) property.Set("title", TitleOf(column));
    properties_.Set(column, Sorted(std::move(property)));
    if (is_required) required_.emplace_back(column);
  }

  Json Finish(const std::string& title) {
    Json schema = Json::Object{{"properties", std::move(properties_)}};
    if (!required_.empty()) schema.Set("required", std::move(required_));
    schema.Set("title", title);
    schema.Set("type", "object");
    return schema;
  }

 private:
  Json Property(const Json& type, const ValuePath& path, bool* is_required) {
    auto text = ReadText(type, path, problems_);
    if (!text) return Json::Object{};
    std::string_view name = *text;
    bool nullable = !name.empty() && name.back() == '?';
    if (nullable) name.remove_suffix(1);
    std::optional<Json> schema = SchemaOfType(name);
    if (!schema) AddUnknownType(*text, path, problems_);
    if (!schema || !nullable) return schema.value_or(Json::Object{});
    *is_required = false;
    return Json::Object{{"anyOf", Json::Array{std::move(*schema), Json::Object{{"type", "null"}}}},
                        {"default", nullptr}};
  }

  // pydantic sorts the members of a property.
  static Json Sorted(Json property) {
    std::sort(property.as_object().begin(), property.as_object().end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return property;
  }

  Problems* problems_;
  Json properties_ = Json::Object{};
  Json::Array required_;
};

}  // namespace

Json SchemaOfColumns(const Json& columns, const std::string& title, const ValuePath& path,
                     Problems* problems) {
  SchemaBuilder builder(problems);
  if (columns.is_object()) {
    for (const auto& [column, type] : columns.as_object())
      builder.Add(column, &type, path / column);
  } else if (columns.is_array()) {
    for (size_t i = 0; i < columns.as_array().size(); ++i) {
      if (auto column = ReadText(columns.as_array()[i], path / i, problems))
        builder.Add(*column, nullptr, path / i);
    }
  } else {
    problems->Add(path, "must be a table of names and types or a list of names, not " +
                            std::string(KindOf(columns)));
  }
  return builder.Finish(title);
}

}  // namespace metaxy
