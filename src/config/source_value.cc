#include "config/source_value.h"

namespace metaxy::internal {

std::string Origin::ToString() const {
  if (place == nullptr) return "";
  return line > 0 ? *place + ":" + std::to_string(line) : *place;
}

SourceValue SourceValue::FromJson(const Json& json, const Origin& origin) {
  if (json.is_array()) {
    Array items;
    for (const Json& item : json.as_array()) items.push_back(FromJson(item, origin));
    return SourceValue(std::move(items), origin);
  }
  if (json.is_object()) {
    Object members;
    for (const auto& [key, member] : json.as_object())
      members.emplace_back(key, FromJson(member, origin));
    return SourceValue(std::move(members), origin);
  }
  return SourceValue(json, origin);
}

const SourceValue* SourceValue::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, member] : members()) {
    if (name == key) return &member;
  }
  return nullptr;
}

SourceValue* SourceValue::Find(std::string_view key) {
  return const_cast<SourceValue*>(static_cast<const SourceValue*>(this)->Find(key));
}

const SourceValue* SourceValue::FindPath(const std::vector<std::string>& path) const {
  const SourceValue* node = this;
  for (const std::string& key : path) {
    node = node->Find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

void SourceValue::Set(std::string_view key, SourceValue value) {
  if (SourceValue* existing = Find(key)) {
    *existing = std::move(value);
  } else {
    members().emplace_back(std::string(key), std::move(value));
  }
}

std::optional<SourceValue> SourceValue::Take(std::string_view key) {
  if (!is_object()) return std::nullopt;
  for (auto it = members().begin(); it != members().end(); ++it) {
    if (it->first != key) continue;
    SourceValue taken = std::move(it->second);
    members().erase(it);
    return taken;
  }
  return std::nullopt;
}

Json SourceValue::ToJson() const {
  if (is_array()) {
    Json::Array result;
    for (const SourceValue& item : items()) result.push_back(item.ToJson());
    return Json(std::move(result));
  }
  if (is_object()) {
    Json::Object result;
    for (const auto& [key, member] : members()) result.emplace_back(key, member.ToJson());
    return Json(std::move(result));
  }
  return scalar();
}

std::string_view SourceValue::KindName() const {
  if (is_object()) return "a table";
  if (is_array()) return "a list";
  const Json& value = scalar();
  if (value.is_string()) return "a string";
  if (value.is_bool()) return "a boolean";
  if (value.is_integer()) return "an integer";
  if (value.is_double()) return "a float";
  return "null";
}

}  // namespace metaxy::internal
