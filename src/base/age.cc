#include "base/age.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr std::array<std::pair<std::string_view, int64_t>, 5> kUnits = {
    {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}};

// A thousand years: anything larger is a mistake.
constexpr int64_t kLongest = int64_t{1000} * 366 * 86400;

// `std::nullopt` if it is not a valid age or out of range.
std::optional<int64_t> SecondsOf(std::string_view text) {
  if (text == "0") return 0;
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const auto& [name, factor] : kUnits) {
    if (name != unit) continue;
    if (number > std::numeric_limits<int64_t>::max() / factor) return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

}  // namespace

arrow::Result<std::chrono::seconds> ParseAge(std::string_view text) {
  const std::optional<int64_t> seconds = SecondsOf(text);
  if (seconds && *seconds <= kLongest) return std::chrono::seconds(*seconds);
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} is not a valid age; write a whole number with s, m, h, d or w, such as 7d",
                  Quote(text)));
}

}  // namespace metaxy::internal
