#include "models/finite_json.h"

#include <cmath>

namespace metaxy {

Json WithoutNonFinite(const Json& json) {
  if (json.is_double() && !std::isfinite(json.as_double())) return nullptr;
  if (json.is_array()) {
    Json::Array array;
    array.reserve(json.as_array().size());
    for (const Json& item : json.as_array()) array.push_back(WithoutNonFinite(item));
    return array;
  }
  if (json.is_object()) {
    Json::Object object;
    object.reserve(json.as_object().size());
    for (const auto& [name, value] : json.as_object())
      object.emplace_back(name, WithoutNonFinite(value));
    return object;
  }
  return json;
}

}  // namespace metaxy
