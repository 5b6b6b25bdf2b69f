#include "config/environment.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cctype>

#include "config/config_fields.h"
#include "config/value_reader.h"

namespace metaxy::internal {

namespace {

constexpr std::string_view kPrefix = "metaxy_";
constexpr std::string_view kDelimiter = "__";

std::string Lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    size_t at = text.find(kDelimiter);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + kDelimiter.size());
  }
}

// The type of a key in the reference's models; it decides whether a variable is parsed as JSON.
enum class Shape { kUnknown, kPlain, kAny, kStores, kStore, kStoreConfig, kExt, kPlugin, kList };

Shape ShapeOf(ConfigField::Kind kind) {
  switch (kind) {
    case ConfigField::Kind::kStores:
      return Shape::kStores;
    case ConfigField::Kind::kExt:
      return Shape::kExt;
    case ConfigField::Kind::kList:
      return Shape::kList;
    default:
      return Shape::kPlain;
  }
}

Shape Below(Shape shape, std::string_view key) {
  switch (shape) {
    case Shape::kStores:
      return Shape::kStore;
    case Shape::kStore:
      return key == "type"     ? Shape::kPlain
             : key == "config" ? Shape::kStoreConfig
                               : Shape::kUnknown;
    case Shape::kStoreConfig:
      return Shape::kAny;
    case Shape::kExt:
      return Shape::kPlugin;
    case Shape::kPlugin:
      return key == "enable" ? Shape::kPlain : Shape::kUnknown;
    default:
      return Shape::kUnknown;
  }
}

arrow::Status NotJson(const Origin& origin) {
  return ConfigError(origin, "the value is not valid JSON");
}

// A variable with nested keys, such as METAXY_STORES__DEV__CONFIG__URI.
arrow::Result<SourceValue> ReadNested(Shape top, Shape shape, const std::string& text,
                                      const Origin& origin) {
  bool in_table = top == Shape::kStores || top == Shape::kExt;
  bool plain =
      shape == Shape::kPlain || shape == Shape::kAny || (shape == Shape::kUnknown && !in_table);
  if (text.empty() || plain) return SourceValue(Json(text), origin);
  arrow::Result<Json> json = Json::Parse(text);
  if (json.ok()) return SourceValue::FromJson(*json, origin);
  if (shape == Shape::kStoreConfig) return NotJson(origin);
  return SourceValue(Json(text), origin);
}

void SetNested(const std::vector<std::string>& keys, SourceValue value, SourceValue* table) {
  SourceValue* node = table;
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    if (node->Find(keys[i]) == nullptr)
      node->Set(keys[i], SourceValue(SourceValue::Object{}, value.origin()));
    node = node->Find(keys[i]);
    if (!node->is_object()) return;  // another variable has set the whole value
  }
  node->Set(keys.back(), std::move(value));
}

struct Variable {
  std::string name;  // without METAXY_, in lower case
  const std::string* text;
  Origin origin;
};

std::vector<Variable> MetaxyVariables(const Environment& environment) {
  std::vector<Variable> result;
  for (const auto& [name, text] : environment) {
    std::string lower = Lower(name);
    if (lower.rfind(kPrefix, 0) != 0) continue;
    result.push_back({lower.substr(kPrefix.size()), &text,
                      Origin{std::make_shared<const std::string>(name), 0}});
  }
  return result;
}

// `std::nullopt` if no variable sets the field.
arrow::Result<std::optional<SourceValue>> ReadField(const ConfigField& field,
                                                    const std::vector<Variable>& variables) {
  Shape shape = ShapeOf(field.kind);
  const Variable* whole = nullptr;
  SourceValue nested;
  std::string prefix = std::string(field.name) + std::string(kDelimiter);
  for (const Variable& variable : variables) {
    if (variable.name == field.name) whole = &variable;
    if (shape == Shape::kPlain || variable.name.rfind(prefix, 0) != 0) continue;
    std::vector<std::string> keys = Split(std::string_view(variable.name).substr(prefix.size()));
    Shape at = shape;
    for (const std::string& key : keys) at = Below(at, key);
    ARROW_ASSIGN_OR_RAISE(SourceValue value,
                          ReadNested(shape, at, *variable.text, variable.origin));
    if (nested.members().empty()) nested = SourceValue(SourceValue::Object{}, variable.origin);
    SetNested(keys, std::move(value), &nested);
  }
  if (whole == nullptr) {
    if (nested.members().empty()) return std::nullopt;
    return std::make_optional(std::move(nested));
  }
  if (shape == Shape::kPlain)
    return std::make_optional(SourceValue(Json(*whole->text), whole->origin));
  arrow::Result<Json> json = Json::Parse(*whole->text);
  if (!json.ok()) return NotJson(whole->origin);
  SourceValue value = SourceValue::FromJson(*json, whole->origin);
  if (value.is_object()) DeepUpdate(std::move(nested), &value);
  return std::make_optional(std::move(value));
}

// "${NAME}" or "${NAME:-default}" at the start of `text`: its length, and its value.
std::optional<std::pair<size_t, std::string>> ReadReference(std::string_view text,
                                                            const Environment& environment) {
  if (text.substr(0, 2) != "${") return std::nullopt;
  size_t name_end = text.find_first_of("}:", 2);
  if (name_end == std::string_view::npos || name_end == 2) return std::nullopt;
  size_t end = name_end;
  std::string_view fallback;
  if (text[name_end] == ':') {
    end = text.find('}', name_end);
    if (end == std::string_view::npos || text[name_end + 1] != '-') return std::nullopt;
    fallback = text.substr(name_end + 2, end - name_end - 2);
  }
  auto value = FindVariable(environment, text.substr(2, name_end - 2));
  return std::make_pair(end + 1, value ? *value : std::string(fallback));
}

std::string Expand(std::string_view text, const Environment& environment) {
  std::string result;
  while (!text.empty()) {
    if (auto reference = ReadReference(text, environment)) {
      result += reference->second;
      text.remove_prefix(reference->first);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace

Environment ProcessEnvironment() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    result.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

std::optional<std::string> FindVariable(const Environment& environment, std::string_view name) {
  for (auto it = environment.rbegin(); it != environment.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

arrow::Result<SourceValue> ReadEnvironment(const Environment& environment) {
  SourceValue result;
  std::vector<Variable> variables = MetaxyVariables(environment);
  for (const ConfigField& field : ConfigFields()) {
    ARROW_ASSIGN_OR_RAISE(std::optional<SourceValue> value, ReadField(field, variables));
    if (value) result.Set(field.name, *std::move(value));
  }
  return result;
}

void ExpandVariables(const Environment& environment, SourceValue* value) {
  if (value->is_string()) {
    *value = SourceValue(Json(Expand(value->scalar().as_string(), environment)), value->origin());
  } else if (value->is_array()) {
    for (SourceValue& item : value->items()) ExpandVariables(environment, &item);
  } else if (value->is_object()) {
    for (auto& [key, member] : value->members()) ExpandVariables(environment, &member);
  }
}

void DeepUpdate(SourceValue update, SourceValue* base) {
  for (auto& [key, value] : update.members()) {
    SourceValue* existing = base->Find(key);
    if (existing != nullptr && existing->is_object() && value.is_object()) {
      DeepUpdate(std::move(value), existing);
    } else {
      base->Set(key, std::move(value));
    }
  }
}

}  // namespace metaxy::internal
