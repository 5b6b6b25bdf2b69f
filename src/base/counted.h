// Counts of things in messages.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// "1 row", "2 rows": for words whose plural ends in s.
template <std::integral Count>
std::string Counted(Count count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace metaxy::internal
