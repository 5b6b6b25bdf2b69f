#include "cli/output/filled_template.h"

#include <algorithm>

namespace metaxy::cli {

std::string Filled(std::string_view text,
                   const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string filled;
  while (true) {
    const size_t begin = text.find('%');
    const size_t end = begin == std::string_view::npos ? begin : text.find('%', begin + 1);
    if (end == std::string_view::npos) return filled.append(text);
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& value) { return value.first == name; });
    if (found == values.end()) {
      // The second sign may begin a name.
      filled.append(text.substr(0, end));
      text.remove_prefix(end);
    } else {
      filled.append(text.substr(0, begin)).append(found->second);
      text.remove_prefix(end + 1);
    }
  }
}

}  // namespace metaxy::cli
