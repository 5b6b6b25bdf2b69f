#include "base/place_text.h"

namespace metaxy::internal {

std::string PlaceText(std::string_view display) {
  constexpr std::string_view kBegin = "LanceDBMetadataStore(path=";
  const size_t end = display.rfind(')');
  if (display.rfind(kBegin, 0) != 0 || end == std::string_view::npos) return std::string(display);
  std::string place(display.substr(kBegin.size(), end - kBegin.size()));
  const bool is_directory = place.find("://") == std::string::npos;
  if (is_directory && !place.empty() && place.back() != '/') place += '/';
  return place.append(display.substr(end + 1));
}

}  // namespace metaxy::internal
