#include "metaxy/json.h"

namespace metaxy {

const Json* Json::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

void Json::Set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  if (!is_object()) return;
  for (auto& [name, member] : as_object()) {
    if (name == key) {
      member = std::move(value);
      return;
    }
  }
  as_object().emplace_back(std::string(key), std::move(value));
}

}  // namespace metaxy
