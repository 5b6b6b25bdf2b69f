#include "models/class_path.h"

namespace metaxy {

std::string ClassName(const FeatureKey& key) {
  std::string name;
  bool start = true;
  for (char c : key.ToString()) {
    if (c == '/' || c == '-' || c == '_') {
      start = true;
      continue;
    }
    name += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    start = false;
  }
  return name;
}

}  // namespace metaxy
