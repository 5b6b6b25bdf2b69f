#include "cli/store_text.h"

#include <fmt/core.h>

#include "base/place_text.h"

namespace metaxy::cli {

std::string StoreText(std::string_view name, std::string_view display) {
  return fmt::format("{} ({})", name, internal::PlaceText(display));
}

}  // namespace metaxy::cli
